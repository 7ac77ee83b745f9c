import * as z from "zod/mini";
import { ProviderError } from "../../domain/errors.ts";
import type { ListQuery, UnreadableRow } from "../../domain/provider.ts";
import type { EcmApi } from "./api.ts";
import { describeImages, largestPage } from "./describe-images.ts";
import { readImage } from "./image.ts";
import type { ImageReading, ImportedImage } from "./image.ts";
import { mayLieWithin } from "./wall-time.ts";
import type { TimeWindow } from "./wall-time.ts";

/**
 * The API cannot list tasks. Its list of images names the task of each image whose import is still running or has
 * failed.
 */
export interface ImagePage {
  readonly imports: readonly ImportedImage[];
  readonly unreadable: readonly UnreadableRow[];
  readonly requestId: string | null;
  /** The next page's offset; `null` on the last page. */
  readonly next: string | null;
}

/** Pages of unfinished imports, each task once. Throws `malformed` for a page without anything new. */
export async function* unfinishedImports(query: ListQuery, api: EcmApi, signal: AbortSignal): AsyncIterable<ImagePage> {
  const window: TimeWindow = { after: query.createdAfter, before: query.createdBefore };
  const limit = Math.min(Math.max(query.pageSize ?? largestPage, 1), largestPage);
  const seenTasks = new Set<string>();
  let offset = 0;
  let previous: string | undefined;
  while (offset <= mostImages) {
    const { rows, total, requestId } = await describeImages({ Offset: offset, Limit: limit }, api, signal);
    const fingerprint = rows.map(imageIdOf).join();
    if (rows.length > 0 && fingerprint === previous) throw notAdvancing(offset, "repeats the page before");
    if (rows.length === 0 && total !== undefined && total > offset) throw notAdvancing(offset, `is empty of ${total}`);
    previous = fingerprint;
    offset += rows.length;
    const last = rows.length === 0 || (total !== undefined && offset >= total);
    const { imports, unreadable } = chosenOf(rows.map(readImage), window, seenTasks);
    const wanted = query.openOnly === true ? imports.filter(({ state }) => !/fail/i.test(state)) : imports;
    yield { imports: wanted, unreadable, requestId, next: last ? null : String(offset) };
    if (last) return;
  }
  throw tooManyImages();
}

/**
 * How many images each page repeats from the one before. Deleted images move all others to lower offsets. A page that
 * repeats none may have missed some.
 */
const overlap = 5;

/** More images than any account has. Without this limit, a list that never ends would be kept until memory ends. */
const mostImages = 10_000;

/** A broken list. So many pages in a row bring nothing new only if offsets are ignored. */
const mostBarrenPages = 3;

/**
 * Every unfinished import, each task once, although images come and go between the calls. Throws `malformed` if the pages
 * do not advance.
 */
export async function allUnfinishedImports(
  query: ListQuery,
  api: EcmApi,
  signal: AbortSignal,
): Promise<Omit<ImagePage, "next">> {
  const window: TimeWindow = { after: query.createdAfter, before: query.createdBefore };
  const images = new Map<string, ImageReading>();
  let offset = 0;
  let barrenPages = 0;
  while (images.size <= mostImages) {
    const { rows, total, requestId } = await describeImages({ Offset: offset, Limit: largestPage }, api, signal);
    const keys = rows.map((row, index) => imageIdOf(row) || `unnamed ${offset + index}`);
    const isConnected = offset === 0 || keys.some((key) => images.has(key));
    const isBarren = keys.every((key) => images.has(key));
    // Kept as read, because a row may be as large as its answer.
    for (const [index, key] of keys.entries()) images.set(key, readImage(rows[index]));
    const end = offset + rows.length;
    const isLast = total === undefined ? isBarren && rows.length <= overlap : end >= total;
    if (isConnected && isLast) return { ...chosenOf(images.values(), window, new Set()), requestId };
    barrenPages = isBarren ? barrenPages + 1 : 0;
    if (barrenPages > mostBarrenPages) throw notAdvancing(offset, "brings nothing new");
    // The list may have become shorter than the offset.
    offset = Math.max(0, isConnected ? end - overlap : Math.min(offset, total ?? offset) + overlap - largestPage);
  }
  throw tooManyImages();
}

const longestId = 64;
const NamedRow = z.object({ ImageId: z.string() });

/** Identifies a row, to compare pages. Rows are not compared whole, because they may contain anything. */
function imageIdOf(row: unknown): string {
  const parsed = z.safeParse(NamedRow, row);
  // A longer id is not kept: it is no id of an image, and may be as large as its answer.
  return parsed.success && parsed.data.ImageId.length <= longestId ? parsed.data.ImageId : "";
}

function chosenOf(
  readings: Iterable<ImageReading>,
  window: TimeWindow,
  seenTasks: Set<string>,
): Pick<ImagePage, "imports" | "unreadable"> {
  const imports: ImportedImage[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const reading of readings) {
    if (reading === "ignored") continue;
    if ("reason" in reading) {
      if (mayLieWithin(reading.createTime, window)) unreadable.push({ nativeId: null, reason: reading.reason });
      continue;
    }
    const { nativeId, createTime } = reading.unfinished;
    if (seenTasks.has(nativeId) || !mayLieWithin(createTime, window)) continue;
    seenTasks.add(nativeId);
    imports.push(reading.unfinished);
  }
  return { imports, unreadable };
}

function tooManyImages(): ProviderError {
  return new ProviderError("malformed", `the list of images has more than ${mostImages}`);
}

function notAdvancing(offset: number, how: string): ProviderError {
  return new ProviderError("malformed", `the list of images does not advance: the page at offset ${offset} ${how}`);
}
