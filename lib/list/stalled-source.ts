import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import type { ProviderFailure } from "../http/problem.ts";
import { collectRows } from "./collect-rows.ts";
import type { SourcePage } from "./collect-rows.ts";
import type { Source } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";
import { readMatching } from "./read-matching.ts";
import type { IdRow, LedgerDependencies } from "./read-matching.ts";

/** Pages of open tasks read for one page of the answer. Later pages are left to the answer's cursor. */
const maxPages = 10;

/**
 * A target's open tasks that have not moved for too long, sorted by id. Reads open tasks only, so the cost does not
 * grow with the history.
 */
export function stalledSource(
  target: Target,
  query: ListTasksQuery,
  deps: LedgerDependencies,
): Source<ProviderFailure> {
  return {
    key: targetKey(target),
    pull(from, limit) {
      const pages = stalledPages(from, target, deps);
      const reading = readMatching(query, deps, ({ task }) => [{ task, after: task.id }]);
      return collectRows({ from, pages, maxPages, ...reading }, limit);
    },
  };
}

async function* stalledPages(
  from: string | null,
  target: Target,
  { ledger, unreadable, signal }: LedgerDependencies,
): AsyncGenerator<SourcePage<IdRow>> {
  let position = from;
  for await (const page of ledger.openTasks(target, from, signal)) {
    for (const item of page.unreadable) unreadable.add(item);
    position = page.lastId ?? position;
    const stalled = page.tasks.filter(({ stalledAtMs }) => stalledAtMs !== null);
    yield { rows: stalled.map(({ id }) => ({ after: id })), end: { position } };
  }
}
