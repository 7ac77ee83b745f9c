import type { Ledger } from "../../lib/ledger/ledger.ts";

export interface LedgerCounts {
  /** Pages of tasks, of open tasks, and of tasks with pending events. */
  pages: number;
  /** Calls that read tasks by id. */
  batches: number;
  /** Ids requested. */
  taskReads: number;
  taskWrites: number;
  targetWrites: number;
}

/** The same ledger with its reads and writes counted. */
export function countCalls(ledger: Ledger): { readonly ledger: Ledger; readonly counts: LedgerCounts } {
  const counts: LedgerCounts = { pages: 0, batches: 0, taskReads: 0, taskWrites: 0, targetWrites: 0 };
  const counted: Ledger = {
    ...ledger,
    readTasks(ids, signal) {
      counts.batches += 1;
      counts.taskReads += ids.length;
      return ledger.readTasks(ids, signal);
    },
    listTasks(target, after, limit, signal) {
      counts.pages += 1;
      return ledger.listTasks(target, after, limit, signal);
    },
    async *openTasks(target, afterId, signal) {
      for await (const page of ledger.openTasks(target, afterId, signal)) {
        counts.pages += 1;
        yield page;
      }
    },
    async *tasksWithDueEvents(target, nowMs, signal) {
      for await (const page of ledger.tasksWithDueEvents(target, nowMs, signal)) {
        counts.pages += 1;
        yield page;
      }
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
