import type { TargetList } from "../domain/known-targets.ts";
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

/** The ledger cannot answer now. A later call may succeed. `message` is safe to show. */
export class LedgerUnavailableError extends Error {
  override readonly name = "LedgerUnavailableError";
  readonly kind: "throttled" | "unavailable";
  /** The database's own code. */
  readonly code: string | null;

  constructor(
    kind: "throttled" | "unavailable",
    message: string,
    { code = null, cause }: { readonly code?: string | null; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.code = code;
  }
}

/**
 * Stores tasks, targets, and pending events. Every write is a conditional write of a single item.
 */
export interface Ledger {
  /** Strongly consistent. */
  readTasks(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, TaskRecord>>;
  /**
   * If `expectedRevision` is null, the record must not exist yet. Resolves false if the condition fails. The stored
   * record can still be this one: an earlier attempt of the same call may have succeeded and lost its response.
   * @throws RecordRefusedError if this record cannot be stored, for example because it is too large
   */
  writeTask(record: TaskRecord, expectedRevision: number | null, signal: AbortSignal): Promise<boolean>;
  /** Pages of open tasks in the order of their ids. Eventually consistent. */
  openTasks(target: Target, afterId: string | null, signal: AbortSignal): AsyncIterable<readonly OpenTask[]>;
  /**
   * Pages of ids of tasks with an event that is due by `nowMs`, or that a wrong clock postponed beyond what a correct
   * clock allows. Eventually consistent.
   */
  tasksWithDueEvents(target: Target, nowMs: number, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /**
   * A target's tracked tasks, newest first by `listedAt`, starting after the `position` of a row of an earlier page.
   */
  listTasks(target: Target, after: string | null, limit: number, signal: AbortSignal): Promise<TaskListPage>;
  readTarget(target: Target, signal: AbortSignal): Promise<TargetState | undefined>;
  /** The states of many targets at once, by `targetKey`. Eventually consistent. */
  readTargets(targets: readonly Target[], signal: AbortSignal): Promise<ReadonlyMap<string, TargetState>>;
  writeTarget(
    target: Target,
    state: TargetState,
    expectedRevision: number | null,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Every target that was ever swept and may still hold something. `undefined` before the first sweep. */
  readTargetList(signal: AbortSignal): Promise<TargetList | undefined>;
  /** If `expectedRevision` is null, no list may exist yet. Resolves false if the condition fails. */
  writeTargetList(list: TargetList, expectedRevision: number | null, signal: AbortSignal): Promise<boolean>;
  /** The key that signs cursors. Created on first use and shared by all functions. */
  cursorKey(signal: AbortSignal): Promise<Buffer>;
}
