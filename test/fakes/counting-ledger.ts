import type { Ledger } from "../../lib/ledger/ledger.ts";

export interface LedgerCounts {
  /** Ids requested. */
  taskReads: number;
  taskWrites: number;
  targetWrites: number;
}

/** The same ledger with its reads and writes counted. */
export function countCalls(ledger: Ledger): { readonly ledger: Ledger; readonly counts: LedgerCounts } {
  const counts: LedgerCounts = { taskReads: 0, taskWrites: 0, targetWrites: 0 };
  const counted: Ledger = {
    ...ledger,
    readTasks(ids, signal) {
      counts.taskReads += ids.length;
      return ledger.readTasks(ids, signal);
    },
    writeTask(record, expectedRevision, signal) {
      counts.taskWrites += 1;
      return ledger.writeTask(record, expectedRevision, signal);
    },
    writeTarget(target, state, expectedRevision, signal) {
      counts.targetWrites += 1;
      return ledger.writeTarget(target, state, expectedRevision, signal);
    },
  };
  return { ledger: counted, counts };
}
