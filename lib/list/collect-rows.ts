import { chunksOf } from "../domain/chunks.ts";
import type { Pulled, SourceRow } from "./merge-pages.ts";

/** One page of a source, before the filters of the query. */
export interface SourcePage<Row> {
  readonly rows: readonly Row[];
  /** Where the page after this one begins, or `"ended"` when there is none. */
  readonly end: Pulled["end"];
  /** True if this page took more reads than a page of the answer may cost. The walk then ends with it. */
  readonly isCostly?: boolean;
}

export interface Walk<Row> {
  readonly pages: AsyncIterable<SourcePage<Row>>;
  /** Where `pages` begins; `null`: at the start. */
  readonly from: string | null;
  /** Pages to read for one page of the answer. Later pages are left to the answer's cursor. */
  readonly maxPages: number;
  /** Rows to match at a time. */
  readonly portionSize: number;
  /** The rows that match the query, in the same order. */
  match(portion: readonly Row[]): Promise<readonly SourceRow[]>;
  /** True once this page of the answer has cost enough. Checked after each portion. Default: never. */
  isSpent?(): boolean;
  /** True for errors that end the walk early and keep the portions matched before. Default: none. */
  isCutOff?(error: unknown): boolean;
}

/** Walks pages until `limit` rows match, `maxPages` are read, or nothing is left. May return more than `limit` rows. */
export async function collectRows<Row extends { readonly after: string }>(
  walk: Walk<Row>,
  limit: number,
): Promise<Pulled> {
  const rows: SourceRow[] = [];
  let position = walk.from;
  try {
    for await (const { portion, end, pagesRead, isCostly } of portionsOf(walk)) {
      rows.push(...(await walk.match(portion)));
      if (end === "ended") break;
      position = end.position;
      if (rows.length >= limit || pagesRead >= walk.maxPages || isCostly || walk.isSpent?.()) return { rows, end };
    }
  } catch (error) {
    if (position === walk.from || !walk.isCutOff?.(error)) throw error;
    return { rows, end: { position } };
  }
  return { rows, end: "ended" };
}

interface Portion<Row> {
  readonly portion: readonly Row[];
  /** Where the walk resumes after this portion, or `"ended"`. */
  readonly end: Pulled["end"];
  /** Pages read to their end. */
  readonly pagesRead: number;
  readonly isCostly?: boolean | undefined;
}

async function* portionsOf<Row extends { readonly after: string }>(walk: Walk<Row>): AsyncGenerator<Portion<Row>> {
  let pagesRead = 0;
  for await (const page of walk.pages) {
    const portions = chunksOf(page.rows, walk.portionSize);
    const last = portions.pop() ?? [];
    for (const portion of portions) yield { portion, end: { position: portion.at(-1)?.after ?? null }, pagesRead };
    pagesRead += 1;
    yield { portion: last, end: page.end, pagesRead, isCostly: page.isCostly };
  }
}
