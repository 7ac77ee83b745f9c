import type { TaskRecord } from "../domain/record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { recordMatches } from "./filter.ts";
import type { ListTasksQuery } from "./query.ts";

export interface LedgerDependencies {
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

/** The records of these ids that match the query, in the order of the ids. */
export async function readMatching(
  ids: readonly string[],
  query: ListTasksQuery,
  { ledger, signal }: LedgerDependencies,
): Promise<TaskRecord[]> {
  const records = await ledger.readTasks(ids, signal);
  return ids.flatMap((id) => records.get(id) ?? []).filter((record) => recordMatches(record, query));
}
