import type { TargetList } from "../../lib/domain/known-targets.ts";
import { latestAttemptMs } from "../../lib/domain/postponement.ts";
import type { OpenTask, TargetState, TaskRecord } from "../../lib/domain/record.ts";
import { targetKey } from "../../lib/domain/task.ts";
import type { Target } from "../../lib/domain/task.ts";
import { isFollowed } from "../../lib/domain/transition.ts";
import type { Ledger, TaskListPage } from "../../lib/ledger/ledger.ts";
import { RecordRefusedError } from "../../lib/ledger/ledger.ts";

/** DynamoDB's item size limit. */
const maxItemBytes = 400 * 1024;

/** An in-memory ledger with the same contract as the DynamoDB one, for tests with thousands of sweeps. */
export function createMemoryLedger(): Ledger {
  // Stored as text, so that a read never returns the written object.
  const records = new Map<string, string>();
  const targets = new Map<string, TargetState>();
  let targetList: TargetList | undefined;
  const cursorKey = Buffer.alloc(32, 7);

  function recordsOf(target: Target): TaskRecord[] {
    const all = [...records.values()].map((text): TaskRecord => JSON.parse(text));
    return all.filter(({ task }) => targetKey(task) === targetKey(target));
  }

  return {
    async readTasks(ids) {
      const found = new Map<string, TaskRecord>();
      for (const id of ids) {
        const text = records.get(id);
        if (text !== undefined) found.set(id, JSON.parse(text));
      }
      return found;
    },
    async writeTask(record, expectedRevision) {
      const stored = records.get(record.task.id);
      const revision: number | null = stored === undefined ? null : JSON.parse(stored).revision;
      if (revision !== expectedRevision) return false;
      const text = JSON.stringify(record);
      if (text.length > maxItemBytes) throw new RecordRefusedError(`${record.task.id} is too large`);
      records.set(record.task.id, text);
      return true;
    },
    async *openTasks(target, afterId) {
      const open = recordsOf(target).filter(isFollowed);
      const after = open.filter(({ task }) => afterId === null || task.id > afterId);
      yield after.map(recordToOpenTask).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
    async *tasksWithDueEvents(target, nowMs) {
      const due = recordsOf(target)
        .map(({ task, pending }) => ({
          id: task.id,
          atMs: Math.min(...pending.map(({ nextAttemptAtMs }) => nextAttemptAtMs)),
        }))
        .filter(({ atMs }) => atMs <= nowMs || (atMs > latestAttemptMs(nowMs) && atMs < Infinity));
      yield due.toSorted((a, b) => a.atMs - b.atMs).map(({ id }) => id);
    },
    async listTasks(target, after, limit) {
      return listPage(recordsOf(target), after, limit);
    },
    async readTarget(target) {
      return targets.get(targetKey(target));
    },
    async readTargets(wanted) {
      return new Map(
        wanted.flatMap((target) => {
          const state = targets.get(targetKey(target));
          return state === undefined ? [] : [[targetKey(target), state] as const];
        }),
      );
    },
    async writeTarget(target, state, expectedRevision) {
      if ((targets.get(targetKey(target))?.revision ?? null) !== expectedRevision) return false;
      targets.set(targetKey(target), state);
      return true;
    },
    async readTargetList() {
      return targetList;
    },
    async writeTargetList(list, expectedRevision) {
      if ((targetList?.revision ?? null) !== expectedRevision) return false;
      targetList = list;
      return true;
    },
    cursorKey: async () => cursorKey,
  };
}

function listPage(records: readonly TaskRecord[], after: string | null, limit: number): TaskListPage {
  const rows = records
    .filter(({ tracking }) => tracking !== "untracked")
    .map((record) => ({ record, position: positionOf(record) }))
    .filter(({ position }) => after === null || position < after)
    .toSorted((a, b) => (a.position > b.position ? -1 : 1));
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

function positionOf({ task, listedAt }: TaskRecord): string {
  return `${listedAt}#${task.id}`;
}

function recordToOpenTask(record: TaskRecord): OpenTask {
  const { task, revision, rowDigest, lastMovedAtMs, detailRead, stalledAtMs, missing } = record;
  const { id, nativeId, status } = task;
  return {
    id,
    nativeId,
    status,
    revision,
    rowDigest,
    lastMovedAtMs,
    detailRead,
    stalledAtMs,
    missing: missing !== null,
  };
}
