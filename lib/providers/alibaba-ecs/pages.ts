import { ProviderError } from "../../domain/errors.ts";
import type { NativeTask, TaskPage } from "../../domain/provider.ts";
import type { TaskList } from "./normalize.ts";

export interface PageWalk {
  /** 1 is the first page. */
  readonly firstPage: number;
  readonly pageSize: number;
  fetchPage(pageNumber: number): Promise<TaskList>;
}

/** What a walk has met so far. */
interface Progress {
  readonly seen: Set<string>;
  /** Rows without a readable id. */
  unnamed: number;
  /** The largest count so far: a falling count may hide that rows moved up past a page boundary. */
  expected: number;
  previousIds: string | null;
}

/**
 * All pages, each task once. A list that looks whole is whole: it ends when as many tasks were seen as the provider
 * counted, or at an empty page. Throws `malformed` when a page repeats the one before it, and `unavailable` when the
 * pages end short of the count: rows that come or go between two calls push others across the page boundary.
 * A walk that begins later than page 1 cannot know that, and where the provider gives no count, nobody can.
 */
export async function* walkPages(walk: PageWalk): AsyncGenerator<TaskPage<NativeTask>> {
  const progress: Progress = { seen: new Set(), unnamed: 0, expected: 0, previousIds: null };
  for (let pageNumber = walk.firstPage; ; pageNumber += 1) {
    const list = await walk.fetchPage(pageNumber);
    const rowCount = list.sightings.length + list.unreadable.length;
    // A count smaller than the page it stands on counts something else.
    const total = list.totalCount === null || list.totalCount < rowCount ? null : list.totalCount;
    progress.expected = Math.max(progress.expected, total ?? 0);
    if (rowCount > 0) refuseRepetition(list, progress, pageNumber);
    const rows = onlyNew(list, progress);

    const collected = progress.seen.size + progress.unnamed;
    const skipped = (walk.firstPage - 1) * (list.pageSize ?? walk.pageSize);
    const missing = progress.expected - skipped - collected;
    const nothingNew = rows.sightings.length + rows.unreadable.length === 0;
    if (nothingNew && missing > 0 && walk.firstPage === 1) throw rowsMoved(collected, progress.expected);
    const isLast = nothingNew || (total !== null && missing <= 0);
    yield { ...rows, next: isLast ? null : String(pageNumber + 1) };
    if (isLast) return;
  }
}

/** The same rows again: a page loop that would never end. */
function refuseRepetition(list: TaskList, progress: Progress, pageNumber: number): void {
  const named = [...list.sightings.map(({ task }) => task.nativeId), ...list.unreadable.map((row) => row.nativeId)];
  const ids = named.join(",");
  if (ids === progress.previousIds) {
    throw new ProviderError("malformed", `DescribeTasks: page ${pageNumber} repeats page ${pageNumber - 1}`);
  }
  progress.previousIds = ids;
}

/** What was on no earlier page. Rows without an id cannot be told apart and are never left out. */
function onlyNew(list: TaskList, progress: Progress): Pick<TaskPage<NativeTask>, "sightings" | "unreadable"> {
  const isNew = (nativeId: string | null): boolean => {
    if (nativeId === null) progress.unnamed += 1;
    else if (progress.seen.has(nativeId)) return false;
    else progress.seen.add(nativeId);
    return true;
  };
  return {
    sightings: list.sightings.filter(({ task }) => isNew(task.nativeId)),
    unreadable: list.unreadable.filter(({ nativeId }) => isNew(nativeId)),
  };
}

function rowsMoved(collected: number, expected: number): ProviderError {
  const message = `DescribeTasks: rows moved between pages, only ${collected} of ${expected} tasks were listed`;
  return new ProviderError("unavailable", message, { retry: "backoff" });
}
