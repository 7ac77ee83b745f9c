import { MiscountedListError, ProviderError } from "../domain/errors.ts";
import type { Rows, Sighting, TaskPage, UnreadableRow } from "../domain/provider.ts";
import { beforeTimeless, byPlace, createdAtMs, isAfter } from "./place.ts";
import type { Place, Resumption } from "./place.ts";

/**
 * Walks a provider's list by creation time instead of by page number. Clouds number their pages again for each call, so
 * a task that comes or goes moves all others. Here, each call asks for the first page of the tasks that were created
 * before a given time. What one page shows was true at one moment.
 */

/** Times in whole minutes: some clouds show no seconds, and the order within a minute is undefined. */
const minuteMs = 60_000;

/** The most pages read to see all tasks of one minute, or all tasks of a cloud that lists them in another order. */
const mostPages = 20;

/** Reads of several pages are repeated if tasks disappear meanwhile and may have moved others. */
const mostReads = 3;

export interface Window {
  /** Both ends are included. */
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  /** True if the status filter must be left out: tasks that change status would move others between pages. */
  readonly anyStatus?: boolean;
}

/** Lists the tasks of a window in the provider's own order. It may return others as well. */
export type ListWindow = (window: Window) => AsyncIterable<TaskPage>;

/** Consecutive tasks of the walk, in the order of their places. */
export interface Stretch {
  readonly rows: readonly Sighting[];
  readonly unreadable: readonly UnreadableRow[];
  /** What a walk has seen after these rows. `place` is where the next stretch begins. */
  readonly rest: Resumption & { readonly place: Place };
  /** True if the walk ends after these rows. */
  readonly isLast: boolean;
}

/** Throws what `list` throws, and `bad-request` if there are too many tasks to sort. */
export async function* newestFirst(list: ListWindow, from: Resumption): AsyncGenerator<Stretch> {
  let { place, timeless, reported } = from;
  while (place === null || place.createdAtMs !== null) {
    const { rows, unreadable, next } = await readStretch(list, place);
    timeless ||= rows.some(isTimeless);
    reported ||= next === null;
    // The first page of a short list shows its tasks without a time, too. Later windows may leave them out.
    const isLast = next === null && (place === null || !timeless);
    const shown = place === null && isLast ? rows : rows.filter((row) => !isTimeless(row));
    place = next ?? beforeTimeless;
    yield { rows: shown, unreadable, rest: { place, timeless, reported }, isLast };
    if (isLast) return;
  }
  const all = await readAll(list, { anyStatus: true });
  const rows = afterPlace(all.sightings.filter(isTimeless), place);
  yield { rows, unreadable: [], rest: { place, timeless, reported: true }, isLast: true };
}

interface ReadRows {
  readonly rows: readonly Sighting[];
  readonly unreadable: readonly UnreadableRow[];
  /** `null` if at most tasks without a creation time are left. */
  readonly next: Place | null;
}

/** Why the next tasks cannot be told from one page: what to read whole, and sort. `null`: everything that is left. */
interface Unsorted {
  readonly sinceMs: number | null;
}

/** The next tasks after `place`, and rows without a creation time that were seen among them. */
async function readStretch(list: ListWindow, place: Place | null): Promise<ReadRows> {
  const asked = { list, place, window: windowBefore(place) };
  const read = await readFirstMinutes(asked);
  if ("rows" in read) return read;
  const since = read.sinceMs === null ? null : await readSince(read.sinceMs, asked);
  // A wrong count is the same for every minute, so the rest is read at once.
  if (since !== null && !since.isShort) return since;
  const all = await readAll(list, { ...asked.window, anyStatus: true });
  return { rows: afterPlace(all.sightings, place), unreadable: all.unreadable, next: null };
}

interface Asked {
  readonly list: ListWindow;
  readonly place: Place | null;
  readonly window: Window;
}

async function readFirstMinutes({ list, place, window }: Asked): Promise<ReadRows | Unsorted> {
  const read: Collected = { sightings: [], unreadable: [], pages: 0 };
  try {
    for await (const page of list(window)) {
      collect(page, read);
      const rows = afterPlace(read.sightings, place);
      if (page.next === null) return { rows, unreadable: read.unreadable, next: null };
      if (!isNewestFirst(read.sightings)) return { sinceMs: null };
      // The oldest minute on a page may go on behind it.
      const oldestMs = Math.min(...read.sightings.filter((row) => !isTimeless(row)).map(minuteOf));
      const complete = rows.filter((row) => isTimeless(row) || minuteOf(row) > oldestMs);
      if (read.pages === 1 && complete.some((row) => !isTimeless(row))) {
        const next = { createdAtMs: oldestMs + minuteMs, nativeId: null };
        return { rows: complete, unreadable: read.unreadable, next };
      }
      const newest = rows.find((row) => !isTimeless(row));
      if (newest !== undefined) return { sinceMs: minuteOf(newest) };
      refuseMore(read);
    }
  } catch (error) {
    if (error instanceof MiscountedListError) return { sinceMs: null };
    throw error;
  }
  return { rows: [], unreadable: [], next: null };
}

/** More tasks of one minute than a page holds: reads every page of that minute, and of what is newer in the window. */
async function readSince(
  sinceMs: number,
  { list, place, window }: Asked,
): Promise<ReadRows & Pick<AllRows, "isShort">> {
  const { sightings, unreadable, isShort } = await readAll(list, {
    ...window,
    createdAfter: new Date(sinceMs),
    anyStatus: true,
  });
  const rows = afterPlace(sightings, place).filter((row) => isTimeless(row) || minuteOf(row) >= sinceMs);
  return { rows, unreadable, next: { createdAtMs: sinceMs, nativeId: null }, isShort };
}

interface AllRows extends Rows {
  /** True if the provider counts more. */
  readonly isShort: boolean;
}

/**
 * All pages. An adapter throws `unavailable` if they show fewer tasks than the provider counts, because rows may have
 * moved between them. If every read shows the same rows, nothing moves and the count is wrong. The rows are then
 * returned, and the reason with them.
 */
async function readAll(list: ListWindow, window: Window): Promise<AllRows> {
  const shown = new Set<string>();
  for (let reads = 1; ; reads += 1) {
    const read: Collected = { sightings: [], unreadable: [], pages: 0 };
    try {
      await readOnce(list(window), read);
      return { ...read, isShort: false };
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== "unavailable") throw error;
      shown.add(read.sightings.map(({ task }) => task.nativeId).join());
      if (reads < mostReads) continue;
      if (!(error instanceof MiscountedListError) || shown.size > 1) throw error;
      const reason = { nativeId: null, reason: error.message };
      return { ...read, unreadable: [...read.unreadable, reason], isShort: true };
    }
  }
}

async function readOnce(pages: AsyncIterable<TaskPage>, read: Collected): Promise<void> {
  for await (const page of pages) {
    collect(page, read);
    if (page.next !== null) refuseMore(read);
  }
}

interface Collected {
  readonly sightings: Sighting[];
  readonly unreadable: UnreadableRow[];
  pages: number;
}

function collect(page: TaskPage, read: Collected): void {
  read.sightings.push(...page.sightings);
  read.unreadable.push(...page.unreadable);
  read.pages += 1;
}

function refuseMore({ pages }: Collected): void {
  if (pages < mostPages) return;
  const message = `more than ${mostPages} pages of tasks that only we can sort; narrow createdAfter and createdBefore`;
  throw new ProviderError("bad-request", message);
}

function windowBefore(place: Place | null): Window {
  if (place === null || place.createdAtMs === null) return {};
  const { createdAtMs: ms, nativeId } = place;
  return { createdBefore: new Date(nativeId === null ? ms : Math.floor(ms / minuteMs) * minuteMs + minuteMs) };
}

function afterPlace(sightings: readonly Sighting[], place: Place | null): Sighting[] {
  return sightings.filter(({ task }) => isAfter(task, place)).toSorted((a, b) => byPlace(a.task, b.task));
}

function isTimeless({ task }: Sighting): boolean {
  return createdAtMs(task) === null;
}

function minuteOf({ task }: Sighting): number {
  return Math.floor((createdAtMs(task) ?? -Infinity) / minuteMs) * minuteMs;
}

function isNewestFirst(sightings: readonly Sighting[]): boolean {
  const minutes = sightings.filter((row) => !isTimeless(row)).map(minuteOf);
  return minutes.every((minute, index) => minute <= (minutes[index - 1] ?? Infinity));
}
