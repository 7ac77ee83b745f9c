import type { TaskRecord } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import type { ProviderFailure } from "../http/problem.ts";
import { collectRows } from "./collect-rows.ts";
import type { SourcePage } from "./collect-rows.ts";
import { recordMatches } from "./filter.ts";
import type { Source } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";
import type { LedgerDependencies } from "./read-matching.ts";

/** Pages read for one page of the answer. Later pages are left to the answer's cursor. */
const maxPages = 10;
/** Filters may drop most of a page, so pages as short as a short answer would read too few records. */
const smallestPage = 25;

/** A target's tasks as the sweep recorded them. Calls no provider. */
export function ledgerSource(target: Target, query: ListTasksQuery, deps: LedgerDependencies): Source<ProviderFailure> {
  return {
    key: targetKey(target),
    pull(from, limit) {
      const pageSize = Math.max(limit, smallestPage);
      return collectRows(
        {
          from,
          pages: ledgerPages(target, { from, pageSize }, deps),
          maxPages,
          portionSize: pageSize,
          match: async (rows) =>
            rows
              .filter(({ record }) => recordMatches(record, query))
              .map(({ record, after }) => ({ task: record.task, after })),
        },
        limit,
      );
    },
  };
}

interface RecordRow {
  readonly record: TaskRecord;
  readonly after: string;
}

async function* ledgerPages(
  target: Target,
  { from, pageSize }: { readonly from: string | null; readonly pageSize: number },
  { ledger, unreadable, signal }: LedgerDependencies,
): AsyncGenerator<SourcePage<RecordRow>> {
  let position = from;
  let more = true;
  while (more) {
    const page = await ledger.listTasks(target, position, pageSize, signal);
    for (const item of page.unreadable) unreadable.add(item);
    const rows = page.rows.map(({ record, position: after }) => ({ record, after }));
    position = page.lastPosition ?? position;
    more = page.more;
    yield { rows, end: more ? { position } : "ended" };
  }
}
