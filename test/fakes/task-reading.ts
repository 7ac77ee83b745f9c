import type { TaskRecord } from "../../lib/domain/record.ts";
import type { TaskReading } from "../../lib/ledger/ledger.ts";

/** What a ledger returns in which every item can be read. */
export function readingOf(records: ReadonlyMap<string, TaskRecord>): TaskReading {
  return { records, unreadable: [], misindexed: new Set() };
}
