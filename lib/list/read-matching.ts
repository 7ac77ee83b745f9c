import type { TaskRecord } from "../domain/record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { recordMatches } from "./filter.ts";
import type { ListTasksQuery } from "./query.ts";

export interface LedgerDependencies {
  readonly ledger: Ledger;
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
  { ledger, signal }: LedgerDependencies,
): Promise<TaskRecord[]> {
  const ids = rows.map(({ after }) => after);
  const records = await ledger.readTasks(ids, signal);
  return ids.flatMap((id) => records.get(id) ?? []).filter((record) => recordMatches(record, query));
}
