import type { TaskRecord } from "../domain/record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Walk } from "./collect-rows.ts";
import { recordMatches } from "./filter.ts";
import type { SourceRow } from "./merge-pages.ts";
import type { ListTasksQuery } from "./query.ts";
import type { UnreadableItems } from "./unreadable-items.ts";

export interface LedgerDependencies {
  readonly ledger: Ledger;
  /** Collects the items that cannot be read. */
  readonly unreadable: UnreadableItems;
  readonly signal: AbortSignal;
}

/** A row of an index that is sorted by task id. */
export interface IdRow {
  /** The task's id. */
  readonly after: string;
}

const recordsPerRead = 100;
/** Reads for one page of the answer. Later records are left to the answer's cursor. */
const mostReads = 10;

/** Reads the records of the rows that a walk finds in an index, and ends the walk after 1,000 of them. */
export function readMatching(
  query: ListTasksQuery,
  { ledger, unreadable, signal }: LedgerDependencies,
  recordToRow: (record: TaskRecord) => readonly SourceRow[],
): Pick<Walk<IdRow>, "portionSize" | "match" | "isSpent"> {
  let reads = 0;
  return {
    portionSize: recordsPerRead,
    isSpent: () => reads >= mostReads,
    async match(rows) {
      if (rows.length === 0) return [];
      reads += 1;
      const ids = rows.map(({ after }) => after);
      const { records, unreadable: items } = await ledger.readTasks(ids, signal);
      for (const item of items) unreadable.add(item);
      const matching = ids.flatMap((id) => records.get(id) ?? []).filter((record) => recordMatches(record, query));
      return matching.flatMap(recordToRow);
    },
  };
}
