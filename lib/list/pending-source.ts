import type { PendingEvent } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import type { ProviderFailure } from "../http/problem.ts";
import { collectRows } from "./collect-rows.ts";
import type { SourcePage } from "./collect-rows.ts";
import type { PendingEventSummary, Source, SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";
import { readMatching } from "./read-matching.ts";
import type { IdRow, LedgerDependencies } from "./read-matching.ts";

const recordsPerRead = 100;

/**
 * A target's tasks with an event that the bus has not accepted yet, untracked tasks included. Sorted by id, because due
 * times change while pages are read.
 */
export function pendingSource(
  target: Target,
  query: ListTasksQuery,
  deps: LedgerDependencies,
): Source<ProviderFailure> {
  return {
    key: targetKey(target),
    pull(from, limit) {
      const pages = idsFrom(from, target, deps);
      const match = (rows: readonly IdRow[]) => matchingRows(rows, query, deps);
      return collectRows({ from, pages, maxPages: 1, portionSize: recordsPerRead, match }, limit);
    },
  };
}

/** The ids behind a position as one page. The index is sorted by due time, so all of it is read. */
async function* idsFrom(
  position: string | null,
  target: Target,
  { ledger, signal }: LedgerDependencies,
): AsyncGenerator<SourcePage<IdRow>> {
  const ids: string[] = [];
  for await (const page of ledger.tasksWithDueEvents(target, Number.MAX_SAFE_INTEGER, signal)) ids.push(...page);
  const left = ids.filter((id) => position === null || id > position).toSorted();
  yield { rows: left.map((after) => ({ after })), end: "ended" };
}

async function matchingRows(
  rows: readonly IdRow[],
  query: ListTasksQuery,
  deps: LedgerDependencies,
): Promise<SourceRow[]> {
  const records = await readMatching(rows, query, deps);
  return records
    .filter(({ pending }) => pending.length > 0)
    .map(({ task, pending }) => ({ task: { ...task, pendingEvents: pending.map(summaryOf) }, after: task.id }));
}

function summaryOf({ event, attempts, nextAttemptAtMs, lastProblem }: PendingEvent): PendingEventSummary {
  const { id, type } = event.detail;
  return { id, type, attempts, nextAttemptAt: new Date(nextAttemptAtMs).toISOString(), lastProblem };
}
