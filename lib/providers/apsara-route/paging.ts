import { ProviderError } from "../../domain/errors.ts";
import type { NativeTask, TaskPage } from "../../domain/provider.ts";
import type { RoutePage } from "./normalize.ts";

/** More than any account has: a provider that never stops would otherwise be followed for ever. */
const maxPages = 10_000;

export interface FirstPage {
  readonly number: number;
  readonly size: number;
}

/**
 * Pages from the first on until all rows that the provider counts were read, or a page is empty, or (where it does not
 * count) a page is not full. A row that was on an earlier page already is left out.
 *
 * @throws {ProviderError} `malformed` when a page brings nothing new; `unavailable` when the pages end before every
 * counted row was seen, since rows that move between pages while we read hide others
 */
export async function* pagesFrom(
  first: FirstPage,
  fetchPage: (number: number) => Promise<RoutePage>,
): AsyncGenerator<TaskPage<NativeTask>, void, undefined> {
  const seen = new Set<string>();
  let nameless = 0;
  let rows = 0;
  let previousIds: string | undefined;
  let expected = 0;
  for (let number = first.number; number < first.number + maxPages; number += 1) {
    const page = await fetchPage(number);
    const size = Math.min(page.pageSize ?? first.size, first.size);
    const before = (first.number - 1) * size;
    const knownBefore = seen.size + nameless;
    const sightings = page.sightings.filter(({ task }) => isNew(seen, task.nativeId));
    const unreadable = page.unreadable.filter(({ nativeId }) => nativeId === null || isNew(seen, nativeId));
    nameless += unreadable.filter(({ nativeId }) => nativeId === null).length;
    const known = seen.size + nameless;
    const count = page.sightings.length + page.unreadable.length;
    // Rows without an id always look new: only the page as a whole tells that it is the same again.
    const ids = idsOf(page);
    if (count > 0 && (known === knownBefore || ids === previousIds))
      throw malformed(`page ${number} brings nothing new`);
    previousIds = ids;
    rows += count;
    const total = page.totalCount;
    expected = Math.max(expected, total ?? 0);
    const ended = count === 0 || (total === null ? count < size : before + rows >= total);
    // By the largest count there was: a count that falls may hide that rows moved up past the end of a page.
    const short = ended && total !== null && before + known < expected;
    yield { sightings, unreadable, next: ended && !short ? null : String(number + 1) };
    if (short) throw new ProviderError("unavailable", "rows moved between pages", { retry: "backoff" });
    if (ended) return;
  }
  throw malformed(`more than ${maxPages} pages`);
}

/** @throws {ProviderError} `bad-request` when `from` is not a page number of ours */
export function pageNumber(from: string | undefined): number {
  if (from === undefined) return 1;
  if (!/^[1-9]\d{0,6}$/.test(from)) throw new ProviderError("bad-request", "from is not the start of a page");
  return Number(from);
}

function idsOf({ sightings, unreadable }: RoutePage): string {
  return [...sightings.map(({ task }) => task.nativeId), ...unreadable.map(({ nativeId }) => nativeId)].join();
}

function isNew(seen: Set<string>, id: string): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

function malformed(message: string): ProviderError {
  return new ProviderError("malformed", message);
}
