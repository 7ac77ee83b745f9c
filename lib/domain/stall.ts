import { awaitDetail, withDetailReason } from "./awaited-detail.ts";
import type { OpenTask, TaskRecord } from "./record.ts";
import { isInFuture, notInFuture } from "./stored-time.ts";
import { isTerminal } from "./task.ts";
import { withEvent } from "./transition.ts";

/** When a task that does not move is reported, and one that cannot be looked at. Pure. */

type StallTimes = Pick<OpenTask, "lastMovedAtMs" | "stalledAtMs">;

/**
 * True when the task has not moved for the threshold, counted from its last movement or its last stall check. Also true
 * when that time is in the future, so that `applyStall` can correct it.
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

/** Nobody knows when the task last moved: a wrong clock wrote that time. A stall would be a guess, so the wait restarts. */
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
  /** Why the detail could not be read; `null` when it was not asked for. */
  readonly problem: string | null;
  readonly stallAfterMs: number;
  readonly nowMs: number;
}

/** Records that the detail of an open task was not read. A task that nobody can look at is stalled as well. */
export function applyFailedLook(record: TaskRecord, look: FailedLook): TaskRecord | undefined {
  const { problem, stallAfterMs, nowMs } = look;
  if (isTerminal(record.task.status) || record.tracking === "untracked") return undefined;
  const awaitedDetail = awaitDetail(record.awaitedDetail, problem, nowMs);
  // Only the detail may show that a running task moves. The row alone shows that an ended one waits for its outcome.
  const unseenTooLong =
    record.task.status === "unknown" || nowMs - notInFuture(awaitedDetail.sinceMs, nowMs) >= stallAfterMs;
  const task = unseenTooLong ? withDetailReason(record.task, awaitedDetail) : record.task;
  const waiting = { ...record, task, awaitedDetail };
  const stalled = unseenTooLong ? applyStall(waiting, stallAfterMs, nowMs) : undefined;
  return stalled ?? (problem === null ? undefined : { ...record, awaitedDetail, revision: record.revision + 1 });
}
