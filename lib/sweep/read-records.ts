import { awaitedTask, bareTask, noRowDigest } from "../domain/awaited-task.ts";
import type { Provider } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { parseTaskId, targetKey } from "../domain/task.ts";
import { createRecord, stateDigestOf } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import type { Expected } from "../ledger/ledger.ts";
import { remainsOf } from "../ledger/remains.ts";
import type { StoredUnreadable } from "../ledger/unreadable-item.ts";
import { isOutOfTime, unreadableItem } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** What reading records needs of a sweep. Only the calls of a configured target can follow a replaced task. */
export interface RecordReader extends Pick<TargetSweep, "deps" | "run" | "report"> {
  readonly provider: Pick<Provider, "target"> & Partial<Pick<Provider, "capabilities" | "nativeIdProblem">>;
}

interface OwnRecords {
  readonly records: ReadonlyMap<string, TaskRecord>;
  /** Tasks whose items can be neither read nor replaced. This sweep leaves them alone. */
  readonly skipped: ReadonlySet<string>;
}

/**
 * Reads the records of tasks. A broken item is replaced by a record that knows only the task's id, so that the sweep
 * asks for the task and records how it ends. An item of a newer version, or of a task that is no longer followed, stays
 * as it is. docs/decisions/0011-unreadable-items.md says why.
 */
export async function readRecords(ids: readonly string[], sweep: RecordReader): Promise<OwnRecords> {
  const { ledger } = sweep.deps;
  const reading = await ledger.readTasks(ids, sweep.run.signal);
  const { unreadable, misindexed } = reading;
  const skipped = new Set<string>();
  if (unreadable.length === 0 && misindexed.size === 0) return { records: reading.records, skipped };
  const records = new Map(reading.records);
  for (const id of misindexed) {
    const record = records.get(id);
    const written = record && (await correctIndexes(record, sweep));
    if (written !== undefined) records.set(id, written);
  }
  for (const item of unreadable) {
    const record = await replaced(item, sweep);
    if (record === undefined) skipped.add(item.id);
    else records.set(item.id, record);
  }
  return { records, skipped };
}

/** The record as written, or `undefined` if it stays as it is. */
async function correctIndexes(record: TaskRecord, sweep: RecordReader): Promise<TaskRecord | undefined> {
  const next = { ...record, revision: record.revision + 1 };
  const message = "an index showed the record wrongly, so the record was written again";
  sweep.report.problems.push(unreadableItem(message, record.task.id));
  return write(next, record.revision, sweep);
}

async function replaced(item: StoredUnreadable, sweep: RecordReader): Promise<TaskRecord | undefined> {
  tell(item.id, item.reason, sweep);
  const next = isOutOfTime(sweep) ? undefined : replacementOf(item, sweep);
  if (next === undefined) return undefined;
  const written = await write(next, item, sweep);
  if (written === undefined) return undefined;
  sweep.report.unreadableIds.delete(item.id);
  sweep.report.replacedItems += 1;
  return written;
}

/** `undefined` if the item must stay as it is. */
function replacementOf(item: StoredUnreadable, { provider, deps }: RecordReader): TaskRecord | undefined {
  if (item.fault === "newer") return undefined;
  const { revision, generation, labels, awaited, closed } = remainsOf(item);
  if (item.record !== undefined) return { ...item.record, revision: revision + 1 };
  const { target, capabilities } = provider;
  const parts = parseTaskId(item.id);
  if (closed || parts === undefined || targetKey(parts) !== targetKey(target)) return undefined;
  if (capabilities === undefined || provider.nativeIdProblem?.(parts.nativeId) !== undefined) return undefined;
  const nowMs = deps.clock.now();
  const facts = { target, capabilities };
  const unknown = {
    ...bareTask(facts, parts.nativeId, nowMs),
    statusReason: `the ledger's record of this task could not be read: ${item.reason}`,
  };
  const task = { ...(awaited ? awaitedTask(facts, parts.nativeId, nowMs) : unknown), labels };
  const rowDigest = awaited ? noRowDigest : stateDigestOf(task);
  const record = createRecord({ task, rowDigest, detail: false, nowMs, announceDiscovered: false });
  // Somebody may have tracked the task, so the sweep must not drop it as one that it does not look for.
  return { ...record, revision: revision + 1, generation, tracking: "requested" };
}

/** `undefined` if another writer was faster or the ledger does not take the record. The next sweep tries again. */
async function write(record: TaskRecord, expected: Expected, sweep: RecordReader): Promise<TaskRecord | undefined> {
  try {
    return (await sweep.deps.ledger.writeTask(record, expected, sweep.run.signal)) ? record : undefined;
  } catch (error) {
    if (!(error instanceof RecordRefusedError)) throw error;
    return undefined;
  }
}

/** Reports an item once, however often the sweep reads it. */
function tell(id: string, message: string, { report }: RecordReader): void {
  if (report.unreadableIds.has(id)) return;
  report.unreadableIds.add(id);
  report.problems.push(unreadableItem(message, id));
}
