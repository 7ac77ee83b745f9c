import type { TaskRecord } from "../domain/record.ts";
import { RecordRefusedError } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { readTask } from "./read-task.ts";

/** Attempts against concurrent writers before the change is left to the next sweep. */
const maxAttempts = 4;

export interface Change {
  readonly taskId: string;
  /** The record as last read, or `undefined` where there was none. */
  readonly known: TaskRecord | undefined;
  /** Must be pure: called again with the fresh record when another writer was faster. Returns `undefined` for no change. */
  apply(record: TaskRecord | undefined): TaskRecord | undefined;
}

/**
 * Writes a change, on condition that nobody else changed the record meanwhile.
 * @returns the record as written, or `undefined` when there was nothing to write.
 * @throws RecordRefusedError when other writers were faster every time, or the ledger cannot store this record
 */
export async function recordChange(
  change: Change,
  deps: { readonly ledger: Ledger },
  signal: AbortSignal,
): Promise<TaskRecord | undefined> {
  let { known } = change;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const next = change.apply(known);
    if (next === undefined) return undefined;
    if (await deps.ledger.writeTask(next, known?.revision ?? null, signal)) return next;
    known = await readTask(deps.ledger, change.taskId, signal);
    // Our own write succeeded but its answer was lost. Applying the change again would count it twice.
    if (JSON.stringify(known) === JSON.stringify(next)) return next;
  }
  throw new RecordRefusedError(`${change.taskId} is being changed by others all the time; the next sweep tries again`);
}
