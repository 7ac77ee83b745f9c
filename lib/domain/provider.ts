import type { Target, Task, TaskAction, TaskStatus } from "./task.ts";

/** Facts about a provider as data, so that no caller asks which cloud it is talking to. */
export interface Capabilities {
  /** How many ids `getMany` asks for in one call. */
  readonly batchSize: number;
  /** False: `list` finds only some of the tasks, so others must be tracked by hand. */
  readonly listsWithoutIds: boolean;
  readonly reportsProgress: boolean;
  readonly cancels: boolean;
}

/** What a provider's answer can say of a task. `createProvider` adds what only we know. */
export type NativeTask = Omit<Task, keyof Target | "id" | "done" | "finishedAtObserved" | "labels">;

/** A task as one answer shows it. */
export interface Sighting<Seen = Task> {
  readonly task: Seen;
  /**
   * The answer says that the task has ended but not how or why: `get` tells.
   * A `task` that is ended with an outcome still to be read has the status `unknown`.
   */
  readonly needsDetail: boolean;
}

/** A row that could not be read. It is reported, and hides no other row. */
export interface UnreadableRow {
  /** `null` when not even the id could be read. */
  readonly nativeId: string | null;
  readonly reason: string;
}

export interface Rows<Seen = Task> {
  readonly sightings: readonly Sighting<Seen>[];
  readonly unreadable: readonly UnreadableRow[];
}

export interface TaskPage<Seen = Task> extends Rows<Seen> {
  /** Where the next page begins, to be given back as `ListQuery.from`; `null` on the last page. */
  readonly next: string | null;
}

/** What to list. An adapter sends what its API can filter exactly and leaves the rest to the caller's own filter. */
export interface ListQuery {
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly action?: TaskAction;
  /** The provider's own word for the action, sent as it is. */
  readonly nativeAction?: string;
  readonly status?: TaskStatus;
  /** The provider's own word for the status, sent as it is. */
  readonly nativeStatus?: string;
  readonly resourceIds?: readonly string[];
  readonly imageName?: string;
  /** 1 to 100; adapters default to their largest page. */
  readonly pageSize?: number;
  /** A `TaskPage.next` of an earlier page of the same query. */
  readonly from?: string;
}

/**
 * The calls of one cloud in one region. Every method throws `ProviderError` only.
 * `Seen` is what it shows of a task.
 */
interface ProviderCalls<Seen> {
  /** What is wrong with a native id, or `undefined` when it has the provider's form. */
  nativeIdProblem(nativeId: string): string | undefined;
  /** Pages in the provider's own order. A page loop that does not advance throws `malformed`. */
  list(query: ListQuery, signal: AbortSignal): AsyncIterable<TaskPage<Seen>>;
  /** What was found of these ids, however many. Missing means not found; never an exception for that. */
  getMany(nativeIds: readonly string[], signal: AbortSignal): Promise<Rows<Seen>>;
  /** One task with all the detail there is, or `undefined` when the provider says there is no such task. */
  get(nativeId: string, signal: AbortSignal): Promise<Seen | undefined>;
  /**
   * Asks to cancel. Resolves when the provider accepted; throws kind `conflict` when the task is in no state to be
   * canceled. Absent when `capabilities.cancels` is false.
   */
  cancel?(nativeId: string, signal: AbortSignal): Promise<void>;
}

/** What an adapter implements: it knows its wire, and not how we name its connection. */
export type CloudClient = ProviderCalls<NativeTask>;

/** One cloud in one region, as everyone but its adapter sees it. */
export interface Provider extends ProviderCalls<Task> {
  readonly target: Target;
  readonly capabilities: Capabilities;
}
