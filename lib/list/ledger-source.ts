import type { Provider } from "../domain/provider.ts";
import { targetKey } from "../domain/task.ts";
import type { ProviderFailure } from "../http/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { recordMatches } from "./filter.ts";
import type { Pulled, Source, SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";

/** Pages looked through for one page of the answer; what is beyond them is behind the answer's cursor. */
const maxPages = 10;
/** Filters may leave little of a page, so that pages of the answer's own length would look through too little. */
const leastPage = 25;

/** A target's tasks as the sweep recorded them. Asks no provider. */
export function ledgerSource(
  { target }: Provider,
  query: ListTasksQuery,
  { ledger, signal }: { ledger: Ledger; signal: AbortSignal },
): Source<ProviderFailure> {
  return {
    key: targetKey(target),
    async pull(position, limit): Promise<Pulled> {
      const rows: SourceRow[] = [];
      let after = position;
      for (let page = 0; page < maxPages; page += 1) {
        const answer = await ledger.listTasks(target, after, Math.max(limit, leastPage), signal);
        for (const { record, position: here } of answer.rows) {
          after = here;
          if (recordMatches(record, query)) rows.push({ task: record.task, after: here });
        }
        if (!answer.more) return { rows, end: "ended" };
        if (rows.length >= limit) break;
      }
      return { rows, end: { position: after } };
    },
  };
}
