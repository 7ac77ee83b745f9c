import type { Provider } from "../domain/provider.ts";
import { targetKey } from "../domain/task.ts";
import type { ProviderFailure } from "../http/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { recordMatches } from "./filter.ts";
import type { Pulled, Source, SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";

/** Pages of open tasks looked through for one page of the answer; what is beyond them is behind the answer's cursor. */
const maxPages = 10;
/** Records read at a time. */
const portion = 100;

/**
 * A target's open tasks of which nothing has moved for too long, in the order of their ids. Looks through open tasks
 * only, so that its cost does not grow with history.
 */
export function stalledSource(
  { target }: Provider,
  query: ListTasksQuery,
  { ledger, signal }: { ledger: Ledger; signal: AbortSignal },
): Source<ProviderFailure> {
  return {
    key: targetKey(target),
    async pull(position, limit): Promise<Pulled> {
      const rows: SourceRow[] = [];
      let pages = 0;
      for await (const page of ledger.openTasks(target, position, signal)) {
        const stalled = page.filter(({ stalledAtMs }) => stalledAtMs !== null).map(({ id }) => id);
        for (let start = 0; start < stalled.length; start += portion) {
          const asked = stalled.slice(start, start + portion);
          rows.push(...(await matchingRows(asked, query, { ledger, signal })));
          if (rows.length >= limit) return { rows, end: { position: asked.at(-1) ?? null } };
        }
        pages += 1;
        if (pages === maxPages) return { rows, end: { position: page.at(-1)?.id ?? position } };
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
    return record !== undefined && recordMatches(record, query) ? [{ task: record.task, after: id }] : [];
  });
}
