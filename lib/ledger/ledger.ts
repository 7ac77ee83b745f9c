import type { TargetList } from "../domain/known-targets.ts";
import type { OpenTask, TargetState, TaskRecord } from "../domain/record.ts";
import type { Target } from "../domain/task.ts";
import type { StoredUnreadable, UnreadableItem } from "./unreadable-item.ts";

export interface TaskListPage {
  readonly rows: readonly { readonly record: TaskRecord; readonly position: string }[];
  readonly unreadable: readonly UnreadableItem[];
  /** The position of the page's last item, readable or not. `null` if the page is empty. */
  readonly lastPosition: string | null;
  readonly more: boolean;
}

export interface TaskReading {
  /** By task id. */
  readonly records: ReadonlyMap<string, TaskRecord>;
  readonly unreadable: readonly StoredUnreadable[];
  /** Ids of records that an index shows wrongly or not at all. Writing such a record again corrects its indexes. */
  readonly misindexed: ReadonlySet<string>;
}

export interface OpenTaskPage {
  readonly tasks: readonly OpenTask[];
  readonly unreadable: readonly UnreadableItem[];
  /** The id of the page's last item, readable or not. `null` if the page is empty. */
  readonly lastId: string | null;
}

export interface TargetReading {
  /** By `targetKey`. */
  readonly states: ReadonlyMap<string, TargetState>;
  /** By `targetKey`. */
  readonly unreadable: ReadonlyMap<string, UnreadableItem>;
}

/**
 * What must be stored for a write to happen: nothing (`null`), an item of this revision, or exactly this unreadable
 * item. An unreadable item is copied before it is replaced.
 */
export type Expected = number | null | StoredUnreadable;

/** One record could not be written. Other records are not affected. */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
}

/** Other writers were faster at every attempt. A later attempt may succeed. */
export class RecordContendedError extends RecordRefusedError {}

/**
 * The item exists, but it cannot be read. `message` is safe to show. Thrown by reads of a single item; reads of many
 * return their unreadable items.
 */
export class UnreadableItemError extends RecordRefusedError {
  readonly item: StoredUnreadable;

  constructor(item: StoredUnreadable) {
    super(item.reason);
    this.item = item;
  }
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
 * Stores tasks, targets, and pending events. Every write is a conditional write of a single item. An item that cannot
 * be read never keeps others from being read.
 */
export interface Ledger {
  /** Strongly consistent. */
  readTasks(ids: readonly string[], signal: AbortSignal): Promise<TaskReading>;
  /**
   * Resolves false if something else than `expected` is stored. The stored record can still be this one: an earlier
   * attempt of the same call may have succeeded and lost its response.
   * @throws RecordRefusedError if this record cannot be stored, for example because it is too large
   */
  writeTask(record: TaskRecord, expected: Expected, signal: AbortSignal): Promise<boolean>;
  /** Pages of open tasks in the order of their ids. Eventually consistent. */
  openTasks(target: Target, afterId: string | null, signal: AbortSignal): AsyncIterable<OpenTaskPage>;
  /**
   * Pages of ids of tasks with an event that is due by `nowMs`, or that a wrong clock postponed beyond what a correct
   * clock allows. Eventually consistent.
   */
  tasksWithDueEvents(target: Target, nowMs: number, signal: AbortSignal): AsyncIterable<readonly string[]>;
  /**
   * A target's tracked tasks, newest first by `listedAt`, starting after the `position` of a row of an earlier page.
   */
  listTasks(target: Target, after: string | null, limit: number, signal: AbortSignal): Promise<TaskListPage>;
  /** @throws UnreadableItemError */
  readTarget(target: Target, signal: AbortSignal): Promise<TargetState | undefined>;
  /** The states of many targets at once. Eventually consistent. */
  readTargets(targets: readonly Target[], signal: AbortSignal): Promise<TargetReading>;
  writeTarget(target: Target, state: TargetState, expected: Expected, signal: AbortSignal): Promise<boolean>;
  /**
   * Every target that was ever swept and may still hold something. `undefined` before the first sweep.
   * @throws UnreadableItemError
   */
  readTargetList(signal: AbortSignal): Promise<TargetList | undefined>;
  /** Resolves false if something else than `expected` is stored. */
  writeTargetList(list: TargetList, expected: Expected, signal: AbortSignal): Promise<boolean>;
  /** How many copies the ledger keeps of unreadable items of this target that were replaced. Eventually consistent. */
  countReplaced(target: Target, signal: AbortSignal): Promise<number>;
  /** The key that signs cursors. Created on first use, replaced if it cannot be read, and shared by all functions. */
  cursorKey(signal: AbortSignal): Promise<Buffer>;
}
