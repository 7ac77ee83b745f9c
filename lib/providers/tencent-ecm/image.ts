import * as z from "zod/mini";
import { isTaskId } from "./native-id.ts";
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

/** An image whose import has not ended well, or not yet. */
export interface UnfinishedImport {
  readonly taskId: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly state: string;
  readonly createTime: string | null;
}

export type ImageReading =
  | { readonly unfinished: UnfinishedImport }
  | { readonly reason: string; readonly createTime: string | null }
  | "ignored";

export function readImage(row: unknown): ImageReading {
  const parsed = z.safeParse(Image, row);
  if (!parsed.success)
    return { reason: `an image's row cannot be read: ${whatIsWrong(parsed.error)}`, createTime: null };
  const { ImageId, ImageName, ImageState, ImageSource, TaskId, ImageCreateTime } = parsed.data;
  if (TaskId === undefined || TaskId === null || TaskId === "") return "ignored";
  if (ImageState?.toUpperCase() === "NORMAL") return "ignored";
  if (ImageSource && ImageSource.toUpperCase() !== "EXTERNAL_IMPORT") return "ignored";
  const createTime = ImageCreateTime ?? null;
  const named = /^img-[a-z0-9]{1,40}$/.test(ImageId) ? `image ${ImageId}` : "an image";
  if (!ImageSource) return { reason: `${named} has a task and does not say of which kind`, createTime };
  const taskId = exactTaskId(TaskId);
  if (taskId === undefined) return { reason: `the task id of ${named} is no exact row of digits`, createTime };
  const state = ImageState ?? "";
  return { unfinished: { taskId, imageId: ImageId, imageName: ImageName || null, state, createTime } };
}

function exactTaskId(id: string | number): string | undefined {
  // Beyond 2^53 the digits have been rounded already: they would name another task.
  if (typeof id === "number" && !Number.isSafeInteger(id)) return undefined;
  return isTaskId(String(id)) ? String(id) : undefined;
}
