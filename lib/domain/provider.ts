import type { Target, Task, TaskAction, TaskStatus } from "./task.ts";

/** Facts about a provider as data, so that callers do not depend on the cloud. */
export interface Capabilities {
  /** How many ids `getMany` sends in one call. */
  readonly batchSize: number;
  /** False: `list` finds only some tasks. The others must be tracked explicitly. */
  readonly listsWithoutIds: boolean;
  readonly reportsProgress: boolean;
  readonly cancels: boolean;
  /** False: the API has no filter for creation times, so that each list reads every row. Default true. */
  readonly filtersByTime?: boolean;
}

/** What a provider's response says about a task. `createProvider` adds what only we know. */
export type NativeTask = Omit<
  Task,
  keyof Target | "id" | "done" | "missingSince" | "finishedAtObserved" | "labels" | "truncated"
>;

/** A task as shown by one response. */
export interface Sighting<Seen = Task> {
  readonly task: Seen;
  /**
   * True if the response says that the task has ended, but not how or why. `get` reads the outcome. Until then, the
   * `status` of such a `task` is `unknown`.
   */
  readonly needsDetail: boolean;
  /** True if the row shows only that the task exists. `get` reads its status. Only in lists of `bare` rows. */
  readonly bare?: boolean;
}

/** A row that could not be read. It is reported, and the other rows are still returned. */
export interface UnreadableRow {
  /** `null` if the id could not be read either. */
  readonly nativeId: string | null;
  readonly reason: string;
}

export interface Rows<Seen = Task> {
  readonly sightings: readonly Sighting<Seen>[];
  readonly unreadable: readonly UnreadableRow[];
}

export interface TaskPage<Seen = Task> extends Rows<Seen> {
  /** The next page, as the adapter counts pages. `null` on the last page. */
  readonly next: string | null;
}

/**
 * What to list. An adapter sends a filter only if it omits no matching task. The list may contain others, because the
 * caller applies every filter itself.
 */
export interface ListQuery {
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly action?: TaskAction;
  /** The provider's own word for the action, compared by `isSameWord`. Sent only in a spelling that the API documents. */
  readonly nativeAction?: string;
  readonly status?: TaskStatus;
  /** The provider's own word for the status, compared and sent in the same way. */
  readonly nativeStatus?: string;
  readonly resourceIds?: readonly string[];
  readonly imageName?: string;
  /**
   * Only tasks that have not ended, as far as the API can filter them. The list may contain others. Such a query has no
   * other filter.
   */
  readonly openOnly?: boolean;
  /**
   * Rows that need a call each to be read come as `bare` rows without that call. Their creation times and ids must not
   * depend on the other filters.
   */
  readonly bare?: boolean;
  /** 1 to 100. By default, adapters use their largest page. */
  readonly pageSize?: number;
}

/** The canonical native id of a task, or why it cannot be determined. */
export type Resolution = { readonly nativeId: string } | { readonly reason: string };

/** The calls to one cloud in one region. They throw only `ProviderError`. `Seen` is what they return about a task. */
interface ProviderCalls<Seen> {
  /** Why a native id is malformed, or `undefined` when it has the provider's format. */
  nativeIdProblem(nativeId: string): string | undefined;
  /**
   * The canonical native id of the task that an id refers to, or `undefined` if it refers to none. Several ids may
   * refer to one task. Absent if every well-formed id is canonical.
   */
  resolve?(nativeId: string, signal: AbortSignal): Promise<Resolution | undefined>;
  /**
   * False for a task that the sweep records only if a caller tracks it, such as a disk task. Absent: the sweep records
   * every task.
   */
  discovers?(task: Pick<Task, "nativeAction">): boolean;
  /** Pages in the provider's own order. Throws `malformed` if a page does not advance. */
  list(query: ListQuery, signal: AbortSignal): AsyncIterable<TaskPage<Seen>>;
  /** The tasks found for any number of ids. Ids that were not found are omitted without an error. */
  getMany(nativeIds: readonly string[], signal: AbortSignal): Promise<Rows<Seen>>;
  /**
   * One task in full detail, or `undefined` if the provider says that it does not exist.
   * @param row the task as a list has just shown it, which may save a call
   */
  get(nativeId: string, signal: AbortSignal, row?: Seen): Promise<Seen | undefined>;
  /**
   * Requests cancellation. Resolves once the provider has accepted it. Throws kind `conflict` if the task cannot be
   * canceled in its current state. Absent if `capabilities.cancels` is false.
   */
  cancel?(nativeId: string, signal: AbortSignal): Promise<void>;
}

/** What an adapter implements. It knows the cloud's API, but not our name for the connection. */
export type CloudClient = ProviderCalls<NativeTask>;

/** One cloud in one region, as all code except its adapter sees it. */
export interface Provider extends ProviderCalls<Task> {
  readonly target: Target;
  /** The connection's current name if it was renamed. `target` keeps the former one. */
  readonly renamedTo?: string;
  readonly capabilities: Capabilities;
  /**
   * The provider's clock minus ours in milliseconds, from its latest response. `null` until a response has had a time.
   */
  clockSkewMs(): number | null;
}
