import type { OpenTask, TargetState, TaskRecord } from "../domain/record.ts";
import type { Target } from "../domain/task.ts";

export interface TaskListPage {
  readonly rows: readonly { readonly record: TaskRecord; readonly position: string }[];
  readonly more: boolean;
}

/** One record could not be written. Other records are not affected. */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
}

/** Stores tasks, targets, and pending events. Every write is a conditional write of a single item. */
export interface Ledger {
  /** Strongly consistent. */
  readTasks(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, TaskRecord>>;
  /**
   * Writes the record if the stored one has `expectedRevision`, or if none is stored for `null`. Resolves to false
   * otherwise. The stored record may then still be this one, if an earlier attempt was written and its answer lost.
   * @throws RecordRefusedError when this record cannot be stored, for example because it is too large
   */
  writeTask(record: TaskRecord, expectedRevision: number | null, signal: AbortSignal): Promise<boolean>;
  /** Pages of open tasks sorted by id. Eventually consistent. */
  openTasks(target: Target, afterId: string | null, signal: AbortSignal): AsyncIterable<readonly OpenTask[]>;
  /** Pages of ids of tasks with an event due by `nowMs`. Eventually consistent. */
  tasksWithDueEvents(target: Target, nowMs: number, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /** Tracked tasks of a target, newest first by `listedAt`, after the `position` of a row of an earlier page. */
  listTasks(target: Target, after: string | null, limit: number, signal: AbortSignal): Promise<TaskListPage>;
  readTarget(target: Target, signal: AbortSignal): Promise<TargetState | undefined>;
  /** The states of many targets, by `targetKey`. Eventually consistent. */
  readTargets(targets: readonly Target[], signal: AbortSignal): Promise<ReadonlyMap<string, TargetState>>;
  writeTarget(
    target: Target,
    state: TargetState,
    expectedRevision: number | null,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** The key that signs cursors. Created on first use, then the same for every function. */
  cursorKey(signal: AbortSignal): Promise<Buffer>;
}
