import type { OpenTask, TargetState, TaskRecord } from "../domain/record.ts";
import type { Target } from "../domain/task.ts";

export interface TaskListPage {
  readonly rows: readonly { readonly record: TaskRecord; readonly position: string }[];
  readonly more: boolean;
}

/** One record could not be written, for a reason that says nothing about any other. */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
}

/**
 * Where tasks, targets and pending events are remembered. Every write is a single conditional item write.
 */
export interface Ledger {
  /** Strongly consistent. */
  readTasks(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, TaskRecord>>;
  /**
   * `expectedRevision` null: the record must not exist. Resolves false when it does not hold; the record may even then
   * be this one, when an earlier try of the same call was written and its answer lost.
   * @throws RecordRefusedError when this record cannot be stored, for example because it is too large
   */
  writeTask(record: TaskRecord, expectedRevision: number | null, signal: AbortSignal): Promise<boolean>;
  /** Pages of open tasks in the order of their ids; may lag behind writes by a moment. */
  openTasks(target: Target, afterId: string | null, signal: AbortSignal): AsyncIterable<readonly OpenTask[]>;
  /** Pages of ids of tasks with an event due by `nowMs`; may lag behind writes by a moment. */
  tasksWithDueEvents(target: Target, nowMs: number, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /** Tracked tasks of a target, newest first by `listedAt`, after a `position` of an earlier page. */
  listTasks(target: Target, after: string | null, limit: number, signal: AbortSignal): Promise<TaskListPage>;
  readTarget(target: Target, signal: AbortSignal): Promise<TargetState | undefined>;
  /** The states of many targets at once, by `targetKey`; may lag behind writes by a moment. */
  readTargets(targets: readonly Target[], signal: AbortSignal): Promise<ReadonlyMap<string, TargetState>>;
  writeTarget(
    target: Target,
    state: TargetState,
    expectedRevision: number | null,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** The key that signs cursors, made on first use and the same for every function from then on. */
  cursorKey(signal: AbortSignal): Promise<Buffer>;
}
