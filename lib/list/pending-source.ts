import type { Provider } from "../domain/provider.ts";
import type { PendingEvent } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import type { ProviderFailure } from "../http/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { recordMatches } from "./filter.ts";
import type { PendingEventSummary, Pulled, Source, SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";

/** Records read at a time. */
const portion = 100;

/**
 * A target's tasks with an event that the bus has not taken yet, untracked ones among them, in the order of their ids:
 * their due times change while pages are read.
 */
export function pendingSource(
  { target }: Provider,
  query: ListTasksQuery,
  { ledger, signal }: { ledger: Ledger; signal: AbortSignal },
): Source<ProviderFailure> {
  return {
    key: targetKey(target),
    async pull(position, limit): Promise<Pulled> {
      const ids: string[] = [];
      for await (const page of ledger.tasksWithDueEvents(target, Number.MAX_SAFE_INTEGER, signal)) ids.push(...page);
      const left = ids.filter((id) => position === null || id > position).toSorted();
      const rows: SourceRow[] = [];
      for (let start = 0; start < left.length; start += portion) {
        const asked = left.slice(start, start + portion);
        rows.push(...(await matchingRows(asked, query, { ledger, signal })));
        const last = asked.at(-1) ?? null;
        if (rows.length >= limit && start + portion < left.length) return { rows, end: { position: last } };
      }
      return { rows, end: "ended" };
    },
  };
}

async function matchingRows(
  ids: readonly string[],
  query: ListTasksQuery,
  { ledger, signal }: { ledger: Ledger; signal: AbortSignal },
): Promise<SourceRow[]> {
  const records = await ledger.readTasks(ids, signal);
  return ids.flatMap((id) => {
    const record = records.get(id);
    if (record === undefined || record.pending.length === 0 || !recordMatches(record, query)) return [];
    const { task, pending } = record;
    return [{ task: { ...task, pendingEvents: pending.map(summaryOf) }, after: id }];
  });
}

function summaryOf({ event, attempts, nextAttemptAtMs, lastProblem }: PendingEvent): PendingEventSummary {
  const { id, type } = event.detail;
  return { id, type, attempts, nextAttemptAt: new Date(nextAttemptAtMs).toISOString(), lastProblem };
}
