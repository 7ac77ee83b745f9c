import * as z from "zod/mini";
import type { NativeTask } from "../../domain/provider.ts";
import { unknownProgress } from "../../domain/task.ts";
import type { TaskFailure, TaskStatus } from "../../domain/task.ts";
import { readTime } from "./wall-time.ts";

/**
 * A row of DescribeCustomImageTask. It contains neither a task id nor an image id.
 * @see https://www.tencentcloud.com/document/product/1119/45725 (2023-08-18)
 */
const ImageTask = z.object({
  State: z.string().check(z.minLength(1)),
  /** The reason for a failure; otherwise the word `success`. */
  Message: z.nullish(z.string()),
  ImageName: z.nullish(z.string()),
  /** `2020-06-16 15:43:30`, without a zone. */
  CreateTime: z.nullish(z.string()),
});

/**
 * The words of DescribeCustomImageTask, and two that its sibling APIs use for a running task. From the models in
 * Tencent's SDKs for API version 2019-07-19; the page itself shows only SUCCESS.
 */
const statusOfState: ReadonlyMap<string, TaskStatus> = new Map([
  ["pending", "pending"],
  ["processing", "running"],
  ["running", "running"],
  ["operating", "running"],
  ["success", "succeeded"],
  ["failed", "failed"],
]);

/** The only action whose tasks the API can read. */
export const importAction = "ImportCustomImage";

/** What a row does not contain itself. */
export interface RowContext {
  readonly nativeId: string;
  readonly imageId: string | null;
  readonly imageName: string | null;
  /** Minutes east of UTC, for times without a zone. */
  readonly zoneMinutes: number;
  /** RFC 3339 UTC. */
  readonly observedAt: string;
  readonly requestId: string | null;
}

export type RowReading = { readonly task: NativeTask } | { readonly reason: string };

/** Reads one element of `ImageTaskSet`. */
export function readImageTask(row: unknown, context: RowContext): RowReading {
  const parsed = z.safeParse(ImageTask, row);
  if (!parsed.success) return { reason: `the task's row cannot be read: ${whatIsWrong(parsed.error)}` };
  const { State, Message, ImageName, CreateTime } = parsed.data;
  // Upper case is unsafe: it would turn letters such as ſ and ı into S and I.
  const status = statusOfState.get(State.toLowerCase()) ?? "unknown";
  const error = status === "failed" ? importFailure(Message ?? "") : null;
  const imageName = ImageName || context.imageName;
  const seen = { nativeStatus: State, status, error, createTime: CreateTime ?? null };
  return { task: importTask(seen, { ...context, imageName }) };
}

/** The task of an image that names it, after the task API has dropped it. Only the image's own state is left. */
export function taskOfImage(image: { state: string; createTime: string | null }, context: RowContext): NativeTask {
  const seen = { nativeStatus: image.state, status: "unknown" as const, error: null, createTime: image.createTime };
  const task = importTask(seen, context);
  // The image's creation time is not the task's, so it must not be used to tell tasks apart.
  return { ...task, nativeTimes: { ...task.nativeTimes, createdAt: null } };
}

const NamedRow = z.object({ ImageName: z.string() });

/** The image name in a row, or `undefined` if there is none. An empty name is none, as everywhere in this adapter. */
export function imageNameOf(row: unknown): string | undefined {
  const parsed = z.safeParse(NamedRow, row);
  return parsed.success && parsed.data.ImageName !== "" ? parsed.data.ImageName : undefined;
}

export function whatIsWrong(error: z.core.$ZodError): string {
  const field = error.issues[0]?.path[0];
  return field === undefined ? "it is no object" : `${String(field)} is missing or of another type`;
}

interface Seen {
  readonly nativeStatus: string;
  readonly status: TaskStatus;
  readonly error: TaskFailure | null;
  readonly createTime: string | null;
}

function importTask(seen: Seen, context: RowContext): NativeTask {
  const created = readTime(seen.createTime, context.zoneMinutes);
  return {
    nativeId: context.nativeId,
    action: "import-image",
    nativeAction: importAction,
    status: seen.status,
    nativeStatus: seen.nativeStatus,
    statusReason: null,
    partial: false,
    progress: unknownProgress,
    resource: { type: "image", id: context.imageId, name: context.imageName },
    error: seen.error,
    operations: [],
    cancelable: false,
    createdAt: created.at,
    finishedAt: null,
    nativeTimes: { createdAt: seen.createTime, finishedAt: null, zoneAssumed: created.zoneAssumed },
    observedAt: context.observedAt,
    requestId: context.requestId,
  };
}

function importFailure(message: string): TaskFailure | null {
  // The API has no codes for a failed import. This code is ours.
  return message.trim() === "" ? null : { code: "ImageImportFailed", message };
}
