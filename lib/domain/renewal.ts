import type { TaskRecord } from "./record.ts";
import type { Task } from "./task.ts";
import { isFollowed } from "./transition.ts";

/** How long before its expiration a record is renewed. */
const renewalMs = 10 * 24 * 60 * 60_000;

/**
 * Keeps the record of a listed task from expiring soon, as a tombstone without history. `undefined` for a task that is
 * followed or has an event to send, because its record does not expire.
 * @param retentionMs how long a record is kept
 */
export function applyRenewal(record: TaskRecord, retentionMs: number, nowMs: number): TaskRecord | undefined {
  if (isFollowed(record) || record.pending.length > 0) return undefined;
  const expiresAtMs = Math.max(record.lastMovedAtMs, record.renewedAtMs ?? 0) + retentionMs;
  if (expiresAtMs - nowMs > Math.min(renewalMs, retentionMs / 2)) return undefined;
  const { operations, truncated } = record.task;
  const cut = operations.length > 0 && !truncated.includes("operations") ? ["operations"] : [];
  const task: Task = { ...record.task, operations: [], truncated: [...truncated, ...cut].toSorted() };
  return { ...record, task, revision: record.revision + 1, timeline: [], renewedAtMs: nowMs };
}
