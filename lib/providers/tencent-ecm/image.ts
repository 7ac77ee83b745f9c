import * as z from "zod/mini";
import type { Resolution } from "../../domain/provider.ts";
import { canonicalTaskId, isImageId } from "./native-id.ts";
import { whatIsWrong } from "./normalize.ts";

/**
 * A row of DescribeImage. `TaskId` is there while an image is being made and when that failed; it is the id of an
 * import only on an image with the source `EXTERNAL_IMPORT`, for a CREATE_IMAGE one counts tasks of another API.
 * @see https://github.com/TencentCloud/tencentcloud-cli/blob/master/tccli/services/ecm/v20190719/api.json
 */
const Image = z.object({
  ImageId: z.string(),
  ImageName: z.nullish(z.string()),
  ImageState: z.nullish(z.string()),
  ImageSource: z.nullish(z.string()),
  /** Declared a string; ImportCustomImage gives the same id as a number. */
  TaskId: z.nullish(z.union([z.string(), z.number()])),
  /** `2019-07-22 20:48:14`, no zone. */
  ImageCreateTime: z.nullish(z.string()),
});

/** The image of an import, with the one native id that the import is known by. */
export interface ImportedImage {
  readonly nativeId: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly state: string;
  readonly createTime: string | null;
  /** The import has ended well. */
  readonly usable: boolean;
}

type ImageRow = z.infer<typeof Image>;

export type ImageReading =
  | { readonly unfinished: ImportedImage }
  | { readonly reason: string; readonly createTime: string | null }
  | "ignored";

export function readImage(row: unknown): ImageReading {
  const image = parseImage(row);
  if ("reason" in image) return { ...image, createTime: null };
  const unfinished = namesTask(image) && !isUsable(image) ? identifyImport(image) : undefined;
  if (unfinished === undefined) return "ignored";
  return "reason" in unfinished ? { ...unfinished, createTime: image.ImageCreateTime ?? null } : { unfinished };
}

/**
 * An import is known by its task id where its image names the task, and by its image id once the image is usable and no
 * longer does. `undefined`: the image was not imported.
 */
export function identifyImport(image: ImageRow): ImportedImage | { readonly reason: string } | undefined {
  const { ImageId, ImageName, ImageState, ImageSource, ImageCreateTime } = image;
  if (ImageSource && ImageSource.toUpperCase() !== "EXTERNAL_IMPORT") return undefined;
  const identity = identityOf(image);
  if ("reason" in identity) return identity;
  return {
    ...identity,
    imageId: ImageId,
    imageName: ImageName || null,
    state: ImageState ?? "",
    createTime: ImageCreateTime ?? null,
    usable: isUsable(image),
  };
}

function identityOf(image: ImageRow): Resolution {
  const { ImageId, ImageSource, TaskId } = image;
  // A malformed id is not repeated.
  const named = /^img-[a-z0-9]{1,40}$/.test(ImageId) ? `image ${ImageId}` : "an image";
  if (namesTask(image)) {
    if (!ImageSource) return { reason: `${named} has a task and does not say of which kind` };
    const nativeId = exactTaskId(TaskId ?? "");
    return nativeId === undefined ? { reason: `the task id of ${named} is no exact row of digits` } : { nativeId };
  }
  // It has a task, and would be known by that as soon as the cloud named it.
  if (!isUsable(image)) return { reason: `${named} is unfinished and does not name its task; use the task id` };
  return isImageId(ImageId) ? { nativeId: ImageId } : { reason: "an image that matches has a malformed id" };
}

export function parseImage(row: unknown): ImageRow | { readonly reason: string } {
  const parsed = z.safeParse(Image, row);
  return parsed.success ? parsed.data : { reason: `an image's row cannot be read: ${whatIsWrong(parsed.error)}` };
}

function isUsable({ ImageState }: ImageRow): boolean {
  return ImageState?.toUpperCase() === "NORMAL";
}

function namesTask({ TaskId }: ImageRow): boolean {
  return TaskId !== undefined && TaskId !== null && TaskId !== "";
}

function exactTaskId(id: string | number): string | undefined {
  // Beyond 2^53 the digits have been rounded already: they would name another task.
  if (typeof id === "number" && !Number.isSafeInteger(id)) return undefined;
  return canonicalTaskId(String(id));
}
