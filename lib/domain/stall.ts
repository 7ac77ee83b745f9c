import { awaitDetail, withDetailReason } from "./awaited-detail.ts";
import type { OpenTask, TaskRecord } from "./record.ts";
import { isTerminal } from "./task.ts";
import { withEvent } from "./transition.ts";

/** When a task that does not move is reported, and one that cannot be looked at. Pure. */

/** True when the task has not moved for the threshold, counted from its last movement or its last stall check. */
export function isStill(
  { lastMovedAtMs, stalledAtMs }: Pick<OpenTask, "lastMovedAtMs" | "stalledAtMs">,
  stallAfterMs: number,
  nowMs: number,
): boolean {
  return nowMs - Math.max(lastMovedAtMs, stalledAtMs ?? lastMovedAtMs) >= stallAfterMs;
}

/** Records that an open task has not moved. Emits one event per stall, however often the stall is detected again. */
export function applyStall(record: TaskRecord, stallAfterMs: number, nowMs: number): TaskRecord | undefined {
  if (isTerminal(record.task.status) || record.tracking === "untracked") return undefined;
  if (!isStill(record, stallAfterMs, nowMs)) return undefined;
  const next = { ...record, revision: record.revision + 1, stalledAtMs: nowMs };
  if (record.stalledAtMs !== null) return next;
  return withEvent(next, { kind: "stalled", record, occurrence: String(record.lastMovedAtMs), nowMs });
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
  const unseenTooLong = record.task.status === "unknown" || nowMs - awaitedDetail.sinceMs >= stallAfterMs;
  const task = unseenTooLong ? withDetailReason(record.task, awaitedDetail) : record.task;
  const waiting = { ...record, task, awaitedDetail };
  const stalled = unseenTooLong ? applyStall(waiting, stallAfterMs, nowMs) : undefined;
  return stalled ?? (problem === null ? undefined : { ...record, awaitedDetail, revision: record.revision + 1 });
}
