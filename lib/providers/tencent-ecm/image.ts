import * as z from "zod/mini";
import { longest } from "../../domain/bound-task.ts";
import type { Resolution } from "../../domain/provider.ts";
import { withoutCredentials } from "../shared/redaction.ts";
import { canonicalTaskId, isImageId } from "./native-id.ts";
import { whatIsWrong } from "./normalize.ts";

/**
 * A row of DescribeImage. `TaskId` is present while an image is being created and after that failed. It is an import's
 * id only if the image's source is `EXTERNAL_IMPORT`. For CREATE_IMAGE, it is a task id of another API.
 * @see https://github.com/TencentCloud/tencentcloud-cli/blob/master/tccli/services/ecm/v20190719/api.json
 */
const Image = z.object({
  ImageId: z.string(),
  ImageName: z.nullish(z.string()),
  ImageState: z.nullish(z.string()),
  ImageSource: z.nullish(z.string()),
  /** Declared as a string. ImportCustomImage returns the same id as a number. */
  TaskId: z.nullish(z.union([z.string(), z.number()])),
  /** `2019-07-22 20:48:14`, without a zone. */
  ImageCreateTime: z.nullish(z.string()),
});

/** The image of an import, with the import's canonical native id. */
export interface ImportedImage {
  readonly nativeId: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly state: string;
  readonly createTime: string | null;
  /** True if the import succeeded. */
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
 * Identifies an import by its task id if its image names the task. Otherwise, a usable image identifies it by image id.
 * `undefined` if the image was not imported.
 */
export function identifyImport(image: ImageRow): ImportedImage | { readonly reason: string } | undefined {
  const { ImageId, ImageName, ImageState, ImageSource, ImageCreateTime } = image;
  if (ImageSource && ImageSource.toLowerCase() !== "external_import") return undefined;
  const identity = identityOf(image);
  if ("reason" in identity) return identity;
  return {
    ...identity,
    imageId: kept(ImageId),
    imageName: ImageName ? kept(ImageName) : null,
    state: kept(ImageState ?? ""),
    createTime: ImageCreateTime === undefined || ImageCreateTime === null ? null : kept(ImageCreateTime),
    usable: isUsable(image),
  };
}

/** A list keeps every image until its last page, and a text may be as large as its answer. */
function kept(text: string): string {
  return text.length <= longest.name ? text : withoutCredentials(text, longest.name);
}

function identityOf(image: ImageRow): Resolution {
  const { ImageId, ImageSource, TaskId } = image;
  // Do not repeat a malformed id.
  const named = /^img-[a-z0-9]{1,40}$/.test(ImageId) ? `image ${ImageId}` : "an image";
  if (namesTask(image)) {
    if (!ImageSource) return { reason: `${named} has a task and does not say of which kind` };
    const nativeId = exactTaskId(TaskId ?? "");
    return nativeId === undefined ? { reason: `the task id of ${named} is no exact row of digits` } : { nativeId };
  }
  // The import has a task. Once the cloud names that task, its id would identify the import.
  if (!isUsable(image)) return { reason: `${named} is unfinished and does not name its task; use the task id` };
  return isImageId(ImageId) ? { nativeId: ImageId } : { reason: "an image that matches has a malformed id" };
}

export function parseImage(row: unknown): ImageRow | { readonly reason: string } {
  const parsed = z.safeParse(Image, row);
  return parsed.success ? parsed.data : { reason: `an image's row cannot be read: ${whatIsWrong(parsed.error)}` };
}

function isUsable({ ImageState }: ImageRow): boolean {
  return ImageState?.toLowerCase() === "normal";
}

function namesTask({ TaskId }: ImageRow): boolean {
  return TaskId !== undefined && TaskId !== null && TaskId !== "";
}

function exactTaskId(id: string | number): string | undefined {
  // A number above 2^53 has lost digits and would name another task.
  if (typeof id === "number" && !Number.isSafeInteger(id)) return undefined;
  return canonicalTaskId(String(id));
}
