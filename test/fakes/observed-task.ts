import type { TaskRecord } from "../../lib/domain/record.ts";
import type { Task } from "../../lib/domain/task.ts";
import { stateDigestOf } from "../../lib/domain/transition.ts";
import type { Observation } from "../../lib/domain/transition.ts";
import { sampleTask } from "./sample-task.ts";
import { recordOf } from "./task-book.ts";

/** When `observationOf` observes, epoch milliseconds. */
export const observedAtMs = Date.parse("2026-01-31T13:00:00.000Z");
const hourMs = 3_600_000;

export const vanishRule = { minSweeps: 3, minMs: 600_000, neverShownMs: 1_800_000, watchMs: 3_600_000 };

export function observationOf(task: Partial<Task> = {}, wanted: Partial<Observation> = {}): Observation {
  const seen = sampleTask(task);
  const rowDigest = stateDigestOf(seen);
  return { task: seen, rowDigest, detail: false, nowMs: observedAtMs, announceDiscovered: false, ...wanted };
}

/** A record of a running task, as the list last showed it. */
export function recordedAs(task: Partial<Task> = {}, wanted: Partial<TaskRecord> = {}): TaskRecord {
  const known = sampleTask(task);
  const rowDigest = stateDigestOf(known);
  return recordOf(known, { rowDigest, revision: 4, lastMovedAtMs: observedAtMs - hourMs, ...wanted });
}

/** The kinds of a record's pending events, such as `completed`. */
export function pendingKinds(record: TaskRecord | undefined): (string | undefined)[] | undefined {
  return record?.pending.map(({ event }) => event.detail.type.split(".").at(-1));
}
