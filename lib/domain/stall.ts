import { awaitDetail, withDetailReason } from "./awaited-detail.ts";
import type { OpenTask, TaskRecord } from "./record.ts";
import { isInFuture, notInFuture } from "./stored-time.ts";
import { isTerminal } from "./task.ts";
import { withEvent } from "./transition.ts";

/** When to report a task that does not move or cannot be read. Pure. */

type StallTimes = Pick<OpenTask, "lastMovedAtMs" | "stalledAtMs">;

/**
 * True if the task has not moved for the threshold, counted from its last movement or its last stall check. Also true
 * if that time is in the future, so that `applyStall` can correct it.
 */
export function isStill(times: StallTimes, stallAfterMs: number, nowMs: number): boolean {
  const sinceMs = stillSinceMs(times);
  return nowMs - sinceMs >= stallAfterMs || isInFuture(sinceMs, nowMs);
}

function stillSinceMs({ lastMovedAtMs, stalledAtMs }: StallTimes): number {
  return Math.max(lastMovedAtMs, stalledAtMs ?? lastMovedAtMs);
}

/** Records that an open task has not moved. Emits one event per stall, however often the stall is detected again. */
export function applyStall(record: TaskRecord, stallAfterMs: number, nowMs: number): TaskRecord | undefined {
  if (isTerminal(record.task.status) || record.tracking === "untracked") return undefined;
  if (!isStill(record, stallAfterMs, nowMs)) return undefined;
  if (isInFuture(stillSinceMs(record), nowMs)) return restartStallWait(record, nowMs);
  const next = { ...record, revision: record.revision + 1, stalledAtMs: nowMs };
  if (record.stalledAtMs !== null) return next;
  return withEvent(next, { kind: "stalled", record, occurrence: String(record.lastMovedAtMs), nowMs });
}

/**
 * A wrong clock wrote the time of the last movement, so the true time is unknown. Restart the wait instead of guessing.
 */
function restartStallWait(record: TaskRecord, nowMs: number): TaskRecord {
  const stalledAtMs = record.stalledAtMs === null ? null : Math.min(record.stalledAtMs, nowMs);
  return {
    ...record,
    revision: record.revision + 1,
    lastMovedAtMs: Math.min(record.lastMovedAtMs, nowMs),
    stalledAtMs,
  };
}

interface FailedLook {
  /** Why the detail could not be read. `null` if it was not requested. */
  readonly problem: string | null;
  readonly stallAfterMs: number;
  readonly nowMs: number;
}

/** Records that the detail of an open task was not read. A task that cannot be read for too long counts as stalled. */
export function applyFailedLook(record: TaskRecord, look: FailedLook): TaskRecord | undefined {
  const { problem, stallAfterMs, nowMs } = look;
  if (isTerminal(record.task.status) || record.tracking === "untracked") return undefined;
  const awaitedDetail = awaitDetail(record.awaitedDetail, problem, nowMs);
  // For a running task, only the detail may show movement. For an ended task, the row shows that it waits for its
  // outcome.
  const unseenTooLong =
    record.task.status === "unknown" || nowMs - notInFuture(awaitedDetail.sinceMs, nowMs) >= stallAfterMs;
  const task = unseenTooLong ? withDetailReason(record.task, awaitedDetail) : record.task;
  const waiting = { ...record, task, awaitedDetail };
  const stalled = unseenTooLong ? applyStall(waiting, stallAfterMs, nowMs) : undefined;
  return stalled ?? (problem === null ? undefined : { ...record, awaitedDetail, revision: record.revision + 1 });
}
