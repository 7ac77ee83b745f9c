import type { TaskRecord } from "../domain/record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { recordMatches } from "./filter.ts";
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

/** The records of these tasks that match the query, in the same order. */
export async function readMatching(
  rows: readonly IdRow[],
  query: ListTasksQuery,
  { ledger, unreadable, signal }: LedgerDependencies,
): Promise<TaskRecord[]> {
  const ids = rows.map(({ after }) => after);
  const { records, unreadable: items } = await ledger.readTasks(ids, signal);
  for (const item of items) unreadable.add(item);
  return ids.flatMap((id) => records.get(id) ?? []).filter((record) => recordMatches(record, query));
}
