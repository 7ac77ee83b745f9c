import { MiscountedListError, ProviderError } from "../../domain/errors.ts";
import type { ListQuery, NativeTask, Rows, TaskPage } from "../../domain/provider.ts";

/** The largest page size that the API allows. */
export const largestPage = 100;

/**
 * More pages and tasks than any account has. Without these limits, a list whose pages never end would be followed, and
 * its ids kept, forever.
 */
const mostPages = 10_000;
const mostTasks = 100_000;

export interface NumberedPage extends Rows<NativeTask> {
  /** How many tasks match on all pages together. `null` if the response does not say. */
  readonly totalCount: number | null;
  /** The page size that the provider used. `null` if the response does not say. */
  readonly pageSize: number | null;
}

export interface PageWalk {
  /** The name of the API, for error messages. */
  readonly api: string;
  readonly pageSize: number;
  /** @param pageNumber 1 is the first page */
  fetchPage(pageNumber: number): Promise<NumberedPage>;
}

/** What a walk has seen so far. */
interface Progress {
  readonly seen: Set<string>;
  /** Rows without a readable id. */
  unnamed: number;
  /** Further rows of a task on the page that showed it first. The provider counts them as rows. */
  doubled: number;
  /** The largest count so far. A falling count may mean that rows moved across a page boundary. */
  expected: number;
  previousIds: string | null;
}

/**
 * All pages, each task once, although a page may show one twice. The walk ends at an empty page. It also ends at a page
 * that is not full, once it has seen as many rows as the provider counts. A full page is never the last one, because
 * some gateways count only the page's rows.
 *
 * Throws `malformed` if the pages do not advance or never end. Throws `unavailable` if they end before the largest
 * count: a row that appears or disappears between two calls moves others across the page boundary. Such a loss cannot
 * be detected if the provider gives no count.
 */
export async function* walkPages(walk: PageWalk): AsyncGenerator<TaskPage<NativeTask>> {
  const progress: Progress = { seen: new Set(), unnamed: 0, doubled: 0, expected: 0, previousIds: null };
  for (let pageNumber = 1; pageNumber <= mostPages; pageNumber += 1) {
    const page = await walk.fetchPage(pageNumber);
    const rowCount = page.sightings.length + page.unreadable.length;
    const pageSize = Math.min(page.pageSize ?? walk.pageSize, walk.pageSize);
    const isFull = rowCount >= pageSize;
    // A count smaller than its own page counts something else.
    if ((page.totalCount ?? 0) >= rowCount) progress.expected = Math.max(progress.expected, page.totalCount ?? 0);
    const repeats = repeatsPrevious(page, progress);
    // Rows without an id always look new. Only the whole page shows a repetition.
    const rows = repeats ? { sightings: [], unreadable: [] } : onlyNew(page, progress);

    const bringsNothing = rows.sightings.length + rows.unreadable.length === 0;
    if (bringsNothing && !isWhole(progress)) {
      refuseToEnd({ walk, pageNumber, progress, isEmpty: rowCount === 0, isLoop: repeats || isFull });
    }
    if (collectedOf(progress) > mostTasks)
      throw new ProviderError("malformed", `${walk.api}: more than ${mostTasks} tasks`);
    const isLast = bringsNothing || (!isFull && isWhole(progress));
    yield { ...rows, next: isLast ? null : String(pageNumber + 1) };
    if (isLast) return;
  }
  throw new ProviderError("malformed", `${walk.api}: more than ${mostPages} pages`);
}

/** Throws `bad-request` for a size that the API does not support. */
export function pageSizeOf({ pageSize = largestPage }: ListQuery): number {
  const fits = Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= largestPage;
  if (!fits) throw new ProviderError("bad-request", `a page has 1 to ${largestPage} tasks`);
  return pageSize;
}

function collectedOf({ seen, unnamed, doubled }: Progress): number {
  return seen.size + unnamed + doubled;
}

/** True once as many rows were seen as the provider counts. Without a count, only an empty page ends the list. */
function isWhole(progress: Progress): boolean {
  return progress.expected > 0 && collectedOf(progress) >= progress.expected;
}

function repeatsPrevious(page: NumberedPage, progress: Progress): boolean {
  const named = [...page.sightings.map(({ task }) => task.nativeId), ...page.unreadable.map((row) => row.nativeId)];
  const ids = named.join(",");
  const repeats = ids === progress.previousIds;
  progress.previousIds = ids;
  return repeats;
}

/** The rows that no earlier page had. Rows without an id cannot be compared, so they are always kept. */
function onlyNew(page: NumberedPage, progress: Progress): Rows<NativeTask> {
  const firstShown = new Set<string>();
  const isNew = (nativeId: string | null): boolean => {
    if (nativeId === null) {
      progress.unnamed += 1;
      return true;
    }
    if (firstShown.has(nativeId)) progress.doubled += 1;
    if (progress.seen.has(nativeId)) return false;
    progress.seen.add(nativeId);
    firstShown.add(nativeId);
    return true;
  };
  return {
    sightings: page.sightings.filter(({ task }) => isNew(task.nativeId)),
    unreadable: page.unreadable.filter(({ nativeId }) => isNew(nativeId)),
  };
}

interface BarrenPage {
  readonly walk: PageWalk;
  readonly pageNumber: number;
  readonly progress: Progress;
  readonly isEmpty: boolean;
  /** True if the page repeats the previous one or is full, so the pages would never end. */
  readonly isLoop: boolean;
}

/** Throws if a page without new rows must not pass for the end of the list. */
function refuseToEnd({ walk, pageNumber, progress, isEmpty, isLoop }: BarrenPage): void {
  const { expected } = progress;
  const collected = collectedOf(progress);
  if (collected < expected && (isEmpty || !isLoop)) {
    const message = `${walk.api}: rows moved between pages, only ${collected} of ${expected} tasks were listed`;
    throw new MiscountedListError(message);
  }
  if (!isEmpty) throw new ProviderError("malformed", `${walk.api}: page ${pageNumber} brings nothing new`);
}
