import type { Ledger } from "../../lib/ledger.ts";

export interface LedgerCounts {
  taskWrites: number;
  targetWrites: number;
}

/** The same ledger, with its writes counted. */
export function countWrites(ledger: Ledger): { readonly ledger: Ledger; readonly counts: LedgerCounts } {
  const counts: LedgerCounts = { taskWrites: 0, targetWrites: 0 };
  const counted: Ledger = {
    ...ledger,
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
