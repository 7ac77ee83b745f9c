import { ProviderError } from "../../domain/errors.ts";
import type { Resolution } from "../../domain/provider.ts";
import type { EcmApi } from "./api.ts";
import { describeImages, largestPage } from "./describe-images.ts";
import { identifyImport, parseImage } from "./image.ts";
import type { ImportedImage } from "./image.ts";
import { canonicalTaskId, nativeIdProblem, taskFilter } from "./native-id.ts";
import type { TaskFilter } from "./native-id.ts";

/** An image id or name finds an import but does not identify it. */
export interface ImageFilter extends TaskFilter {
  readonly name: "image-id" | "image-name";
}

/** The most ids in a message. */
const shownIds = 5;

/** The canonical native id of the task. Costs one call, or none for a task id. Throws `ProviderError`. */
export async function resolve(nativeId: string, api: EcmApi, signal: AbortSignal): Promise<Resolution | undefined> {
  const filter = imageFilter(nativeId);
  if (filter === undefined) {
    const taskId = canonicalTaskId(nativeId);
    if (taskId === undefined) throw new ProviderError("bad-request", `the native id ${nativeIdProblem(nativeId)}`);
    return { nativeId: taskId };
  }
  const found = await importsOf(filter, api, signal);
  if ("reason" in found) return found;
  const [one, ...others] = found;
  if (others.length === 0) return one && { nativeId: one.nativeId };
  const ids = found.slice(0, shownIds).map(({ nativeId: id }) => id);
  return { reason: `ambiguous: ${found.length} imports have this image name; use one of their ids: ${ids.join(", ")}` };
}

export function imageFilter(nativeId: string): ImageFilter | undefined {
  const filter = taskFilter(nativeId);
  if (filter === undefined || filter.name === "task-id") return undefined;
  return { name: filter.name, value: filter.value };
}

/** The imports of the image with this id or exact name, or why they cannot be determined. Throws `ProviderError`. */
export async function importsOf(
  filter: ImageFilter,
  api: EcmApi,
  signal: AbortSignal,
): Promise<readonly ImportedImage[] | { readonly reason: string }> {
  const Filters = [{ Name: filter.name, Values: [filter.value] }];
  try {
    const { rows, total } = await describeImages({ Filters, Offset: 0, Limit: largestPage }, api, signal);
    const complete = total === undefined ? rows.length < largestPage : rows.length >= total;
    if (!complete) return { reason: "too many images match, or some are not shown; use the task id" };
    return importsAmong(rows, filter);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "not-found") return [];
    if (error.scope === "id") return { reason: error.message };
    throw error;
  }
}

/** An unreadable row may be the requested import, or a second one. */
function importsAmong(
  rows: readonly unknown[],
  filter: ImageFilter,
): readonly ImportedImage[] | { readonly reason: string } {
  const imports = new Map<string, ImportedImage>();
  for (const row of rows) {
    const image = parseImage(row);
    if ("reason" in image) return image;
    const shown = filter.name === "image-id" ? image.ImageId : image.ImageName;
    if (!shown) return { reason: "an image that matches does not show its name; use the task id" };
    // The cloud also matches parts of names.
    if (shown !== filter.value) continue;
    const identified = identifyImport(image);
    if (identified === undefined) continue;
    if ("reason" in identified) return identified;
    imports.set(identified.nativeId, identified);
  }
  return [...imports.values()];
}
