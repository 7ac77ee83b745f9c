import * as z from "zod/mini";
import { ProviderError } from "../../domain/errors.ts";
import type { DescribeImageParams, EcmApi } from "./api.ts";

/** The most images in one response. */
export const largestPage = 100;

interface Images {
  readonly rows: readonly unknown[];
  /** How many images match on all pages together. */
  readonly total: number | undefined;
  readonly requestId: string | null;
}

const ImageSet = z.object({
  ImageSet: z.nullish(z.array(z.unknown())),
  TotalCount: z.catch(z.nullish(z.number()), undefined),
});

/** Throws `ProviderError`. */
export async function describeImages(params: DescribeImageParams, api: EcmApi, signal: AbortSignal): Promise<Images> {
  const { requestId, fields } = await api({ action: "DescribeImage", params }, signal);
  const parsed = z.safeParse(ImageSet, fields);
  const { ImageSet: rows, TotalCount: total } = parsed.success ? parsed.data : {};
  if (rows === undefined && total !== 0) {
    throw new ProviderError("malformed", "DescribeImage was answered without a list of images", { requestId });
  }
  return { rows: rows ?? [], total: total ?? undefined, requestId };
}
