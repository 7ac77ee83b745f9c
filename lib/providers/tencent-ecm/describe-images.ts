import * as z from "zod/mini";
import { ProviderError } from "../../domain/errors.ts";
import { checkRowCount } from "../shared/row-count.ts";
import type { DescribeImageParams, EcmApi } from "./api.ts";
import { totalCountOf } from "./total-count.ts";

/** The most images in one response. */
export const largestPage = 100;

interface Images {
  readonly rows: readonly unknown[];
  /** How many images match on all pages together. `undefined` if the response does not say. */
  readonly total: number | undefined;
  readonly requestId: string | null;
}

const ImageSet = z.object({ ImageSet: z.nullish(z.array(z.unknown())) });

/** Throws `ProviderError`: among others, `malformed` if the count cannot be read, as part of the list could be missing. */
export async function describeImages(params: DescribeImageParams, api: EcmApi, signal: AbortSignal): Promise<Images> {
  const { requestId, fields } = await api({ action: "DescribeImage", params }, signal);
  const parsed = z.safeParse(ImageSet, fields);
  if (!parsed.success) throw malformed("without a list of images", requestId);
  const { ImageSet: shown } = parsed.data;
  const total = totalCountOf(fields);
  if (total === "unreadable") throw malformed("with a TotalCount that is not a count", requestId);
  // Only the documented form of a zero proves that a missing list is empty.
  if (shown === undefined && fields["TotalCount"] !== 0) throw malformed("without a list of images", requestId);
  const rows = shown ?? [];
  checkRowCount("DescribeImage", rows.length, { mostRows: params.Limit, requestId });
  // A count smaller than its own page counts something else.
  return { rows, total: total !== undefined && total < rows.length ? undefined : total, requestId };
}

function malformed(how: string, requestId: string | null): ProviderError {
  return new ProviderError("malformed", `DescribeImage was answered ${how}`, { requestId });
}
