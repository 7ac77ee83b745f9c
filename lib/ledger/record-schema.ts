import * as z from "zod/mini";
import { taskActions, taskStatuses } from "../domain/task.ts";

/**
 * What a stored record must look like so that nothing that reads it fails. Members that are not named here are allowed:
 * a newer version may have added them.
 */

/** Epoch milliseconds that `Date` can represent. */
export const Instant = z.number().check(z.minimum(-8.64e15), z.maximum(8.64e15));
const Time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))));
const Text = z.nullable(z.string());
const Texts = z.custom<Readonly<Record<string, string>>>(isTexts);

/** `z.record` drops the name `__proto__`. */
function isTexts(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === "string");
}

const Failure = z.nullable(z.object({ code: z.string(), message: z.string() }));
const Count = z.nullable(z.number());

/** Members that earlier versions did not write are optional. */
const StoredTask = z.object({
  id: z.string(),
  connection: z.string(),
  provider: z.string(),
  region: z.string(),
  nativeId: z.string(),
  action: z.enum(taskActions),
  nativeAction: z.string(),
  status: z.enum(taskStatuses),
  nativeStatus: z.string(),
  statusReason: z.optional(Text),
  missingSince: z.optional(z.nullable(Time)),
  done: z.boolean(),
  partial: z.boolean(),
  progress: z.object({ percent: Count, succeeded: Count, failed: Count, total: Count }),
  resource: z.nullable(z.object({ type: z.enum(["image", "disk", "instance", "other"]), id: Text, name: Text })),
  error: Failure,
  operations: z.array(
    z.object({
      status: z.enum(["running", "succeeded", "failed", "unknown"]),
      nativeStatus: z.string(),
      error: Failure,
      warning: Failure,
      related: Texts,
    }),
  ),
  cancelable: z.nullable(z.boolean()),
  createdAt: z.nullable(Time),
  finishedAt: z.nullable(Time),
  finishedAtObserved: z.boolean(),
  nativeTimes: z.object({ createdAt: Text, finishedAt: Text, zoneAssumed: z.boolean() }),
  observedAt: Time,
  requestId: Text,
  labels: Texts,
  truncated: z.optional(z.array(z.string())),
});

const StoredPendingEvent = z.object({
  event: z.object({
    detailType: z.string().check(z.minLength(1)),
    detail: z.object({
      id: z.string(),
      type: z.string(),
      subject: z.string(),
      time: Time,
      /** `null` stands for the record's own task. */
      data: z.object({ task: z.nullable(StoredTask), sequence: z.number() }),
    }),
  }),
  attempts: z.int(),
  nextAttemptAtMs: Instant,
  lastProblem: Text,
});

export const StoredRecordShape = z.object({
  task: StoredTask,
  revision: z.int(),
  generation: z.int(),
  firstSeenAtMs: Instant,
  listedAt: z.optional(Time),
  timeline: z.optional(z.array(z.object({ status: z.enum(taskStatuses), nativeStatus: z.string(), atMs: Instant }))),
  lastMovedAtMs: Instant,
  rowDigest: z.string(),
  detailRead: z.boolean(),
  awaitedDetail: z.optional(z.object({ sinceMs: Instant, failures: z.number(), notBeforeMs: Instant, problem: Text })),
  stalledAtMs: z.nullable(Instant),
  missing: z.nullable(z.object({ count: z.number(), sinceMs: Instant })),
  tracking: z.enum(["discovered", "requested", "untracked"]),
  knownAs: z.optional(z.string()),
  renewedAtMs: z.optional(z.nullable(Instant)),
  pending: z.array(StoredPendingEvent),
});

/** A record nests at most nine levels deep. Writing a much deeper one would overflow the stack. */
const deepest = 32;

export function isTooDeep(value: unknown, levelsLeft = deepest): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levelsLeft === 0 || Object.values(value).some((one) => isTooDeep(one, levelsLeft - 1));
}
