import type { TaskRecord } from "../domain/record.ts";
import { RecordContendedError } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { readTask } from "./read-task.ts";

/** Attempts against concurrent writers before the change is left to the next sweep. */
const maxAttempts = 4;

export interface Change {
  readonly taskId: string;
  /** The record as last read, or `undefined` if none existed. */
  readonly known: TaskRecord | undefined;
  /** Pure. Called again with the current record if another writer was faster. */
  apply(record: TaskRecord | undefined): TaskRecord | undefined;
}

/**
 * Writes a change on the condition that the record has not changed since it was read.
 * @returns the record as written, or `undefined` if there was nothing to write
 * @throws RecordContendedError if another writer was faster on every attempt
 * @throws RecordRefusedError if the ledger cannot store this record
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
    // Our own write succeeded but its response was lost. Applying the change again would count it twice.
    if (JSON.stringify(known) === JSON.stringify(next)) return next;
  }
  throw new RecordContendedError(
    `${change.taskId} was changed by other writers at every attempt; the next sweep tries again`,
  );
}
