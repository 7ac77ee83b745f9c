import type { TaskRecord } from "../../lib/domain/record.ts";
import { targetKey } from "../../lib/domain/task.ts";
import type { Task } from "../../lib/domain/task.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { readingOf } from "./task-reading.ts";

export interface TaskBook extends Ledger {
  readonly records: Map<string, TaskRecord>;
  /** Runs once, right before the next write, to simulate a concurrent writer. */
  beforeWrite: (() => void) | undefined;
  /** How many times tasks were read or listed. */
  reads: number;
}

/** The part of a ledger that the HTTP calls use, in memory. It keeps no open tasks, and no target was ever swept. */
export function createTaskBook(tasks: readonly Task[] = []): TaskBook {
  const records = new Map(tasks.map((task) => [task.id, recordOf(task)]));
  const unused = () => {
    throw new Error("no HTTP call needs this");
  };
  const book: TaskBook = {
    records,
    beforeWrite: undefined,
    reads: 0,
    async readTasks(ids) {
      book.reads += 1;
      return readingOf(new Map(ids.flatMap((id) => (records.has(id) ? [[id, records.get(id)!] as const] : []))));
    },
    async writeTask(record, expectedRevision) {
      const { beforeWrite } = book;
      book.beforeWrite = undefined;
      beforeWrite?.();
      if ((records.get(record.task.id)?.revision ?? null) !== expectedRevision) return false;
      records.set(record.task.id, record);
      return true;
    },
    async listTasks(target, after, limit) {
      book.reads += 1;
      const positioned = [...records.values()]
        .filter(({ task, tracking }) => targetKey(task) === targetKey(target) && tracking !== "untracked")
        .map((record) => ({ record, position: `${record.listedAt}#${record.task.id}` }))
        .filter(({ position }) => after === null || position < after)
        .toSorted((a, b) => (a.position < b.position ? 1 : -1));
      const rows = positioned.slice(0, limit);
      const lastPosition = rows.at(-1)?.position ?? null;
      return { rows, unreadable: [], lastPosition, more: positioned.length > limit };
    },
    cursorKey: async () => Buffer.from("the same key for all of a test"),
    openTasks: unused,
    tasksWithDueEvents: unused,
    readTarget: unused,
    countReplaced: unused,
    readTargets: async () => ({ states: new Map(), unreadable: new Map() }),
    writeTarget: unused,
    readTargetList: async () => undefined,
    writeTargetList: unused,
  };
  return book;
}

export function recordOf(task: Task, wanted: Partial<TaskRecord> = {}): TaskRecord {
  const { firstSeenAtMs = 0 } = wanted;
  return {
    task,
    revision: 1,
    generation: 1,
    firstSeenAtMs,
    listedAt: task.createdAt ?? new Date(firstSeenAtMs).toISOString(),
    timeline: [],
    lastMovedAtMs: 0,
    rowDigest: "a-row",
    detailRead: true,
    stalledAtMs: null,
    missing: null,
    tracking: "discovered",
    renewedAtMs: null,
    pending: [],
    ...wanted,
  };
}
