import type { Target, Task, TaskAction, TaskStatus } from "./task.ts";

/** Facts about a provider as data, so that callers need not know which cloud they are calling. */
export interface Capabilities {
  /** How many ids `getMany` sends in one call. */
  readonly batchSize: number;
  /** False: `list` finds only some tasks. The others must be tracked explicitly. */
  readonly listsWithoutIds: boolean;
  readonly reportsProgress: boolean;
  readonly cancels: boolean;
}

/** What a provider's response says of a task. `createProvider` adds what only we know. */
export type NativeTask = Omit<Task, keyof Target | "id" | "done" | "finishedAtObserved" | "labels">;

/** A task as shown by one response. */
export interface Sighting<Seen = Task> {
  readonly task: Seen;
  /**
   * True when the response says that the task has ended, but not how or why. `get` reads the outcome.
   * Until then, the status of such a `task` is `unknown`.
   */
  readonly needsDetail: boolean;
}

/** A row that could not be read. It is reported; the other rows are still returned. */
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
  /** Where the next page begins: the value for `ListQuery.from`. `null` on the last page. */
  readonly next: string | null;
}

/** What to list. An adapter sends only the filters that its API applies exactly. The caller applies the others. */
export interface ListQuery {
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly action?: TaskAction;
  /** The provider's own word for the action, sent unchanged. */
  readonly nativeAction?: string;
  readonly status?: TaskStatus;
  /** The provider's own word for the status, sent unchanged. */
  readonly nativeStatus?: string;
  readonly resourceIds?: readonly string[];
  readonly imageName?: string;
  /** 1 to 100. By default, adapters use their largest page. */
  readonly pageSize?: number;
  /** The `TaskPage.next` of an earlier page of the same query. */
  readonly from?: string;
}

/** The one native id that a task is known by, or why it cannot be told. */
export type Resolution = { readonly nativeId: string } | { readonly reason: string };

/**
 * The calls of one cloud in one region. They throw only `ProviderError`. `Seen` is what they show of a task.
 */
interface ProviderCalls<Seen> {
  /** Why a native id is malformed, or `undefined` when it has the provider's format. */
  nativeIdProblem(nativeId: string): string | undefined;
  /**
   * The canonical native id of the task that an id leads to, or `undefined` when it leads to none. Several ids may lead
   * to one task. Absent when every well-formed id is canonical.
   */
  resolve?(nativeId: string, signal: AbortSignal): Promise<Resolution | undefined>;
  /**
   * False for a task that the sweep records only when a caller tracks it, such as one of a disk. Absent: the sweep
   * records every task.
   */
  discovers?(task: Pick<Task, "nativeAction">): boolean;
  /** Pages in the provider's own order. Throws `malformed` when a page does not advance. */
  list(query: ListQuery, signal: AbortSignal): AsyncIterable<TaskPage<Seen>>;
  /** The tasks found among any number of ids. Ids that were not found are omitted and cause no error. */
  getMany(nativeIds: readonly string[], signal: AbortSignal): Promise<Rows<Seen>>;
  /** One task in full detail, or `undefined` when the provider says that it does not exist. */
  get(nativeId: string, signal: AbortSignal): Promise<Seen | undefined>;
  /**
   * Requests cancellation. Resolves when the provider has accepted. Throws kind `conflict` when the task cannot be
   * canceled in its current state. Absent when `capabilities.cancels` is false.
   */
  cancel?(nativeId: string, signal: AbortSignal): Promise<void>;
}

/** What an adapter implements: it knows its wire, and not how we name its connection. */
export type CloudClient = ProviderCalls<NativeTask>;

/** One cloud in one region, as everyone but its adapter sees it. */
export interface Provider extends ProviderCalls<Task> {
  readonly target: Target;
  /** The connection's present name if it was renamed. `target` keeps the former one. */
  readonly renamedTo?: string;
  readonly capabilities: Capabilities;
  /** The provider's clock minus ours in milliseconds, by its latest answer. `null` until an answer has told the time. */
  clockSkewMs(): number | null;
}
