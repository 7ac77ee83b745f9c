import { ProviderError } from "../domain/errors.ts";
import type { PendingEvent, TaskRecord } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { providerFailure } from "../http/problem.ts";
import type { ProviderFailure } from "../http/problem.ts";
import { collectRows } from "./collect-rows.ts";
import type { SourcePage } from "./collect-rows.ts";
import type { PendingEventSummary, Source, SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";
import { readMatching } from "./read-matching.ts";
import type { IdRow, LedgerDependencies } from "./read-matching.ts";

/** A page of this index has several thousand ids, so this many show a bus that was down for long. */
const mostIndexPages = 20;

interface PendingDependencies extends LedgerDependencies {
  /** Collects what the list lacks. */
  readonly errors: ProviderFailure[];
}

/**
 * A target's tasks with an event that the bus has not accepted yet, untracked tasks included. Sorted by id, because due
 * times change while pages are read.
 */
export function pendingSource(
  target: Target,
  query: ListTasksQuery,
  deps: PendingDependencies,
): Source<ProviderFailure> {
  return {
    key: targetKey(target),
    pull(from, limit) {
      const pages = idsFrom(from, target, deps);
      return collectRows({ from, pages, maxPages: 1, ...readMatching(query, deps, recordToRows) }, limit);
    },
  };
}

/** The ids behind a position as one page. The index is sorted by due time, so all of it is read. */
async function* idsFrom(
  position: string | null,
  target: Target,
  { ledger, errors, signal }: PendingDependencies,
): AsyncGenerator<SourcePage<IdRow>> {
  const ids: string[] = [];
  let pagesRead = 0;
  for await (const page of ledger.tasksWithDueEvents(target, Number.MAX_SAFE_INTEGER, signal)) {
    pagesRead += 1;
    if (pagesRead > mostIndexPages) {
      errors.push(tooMany(target, ids.length));
      break;
    }
    ids.push(...page);
  }
  const left = ids.filter((id) => position === null || id > position).toSorted();
  yield { rows: left.map((after) => ({ after })), end: "ended" };
}

function tooMany(target: Target, count: number): ProviderFailure {
  const message = `more than ${count} tasks have events that wait for the bus; only those that are due first are listed`;
  return providerFailure(target, new ProviderError("unavailable", message));
}

function recordToRows({ task, pending }: TaskRecord): readonly SourceRow[] {
  return pending.length === 0 ? [] : [{ task: { ...task, pendingEvents: pending.map(summaryOf) }, after: task.id }];
}

function summaryOf({ event, attempts, nextAttemptAtMs, lastProblem }: PendingEvent): PendingEventSummary {
  const { id, type } = event.detail;
  return { id, type, attempts, nextAttemptAt: new Date(nextAttemptAtMs).toISOString(), lastProblem };
}
