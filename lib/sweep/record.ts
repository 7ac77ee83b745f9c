import { RecordRefusedError } from "../ledger.ts";
import type { TaskRecord } from "../ledger.ts";
import { isTerminal } from "../task.ts";
import type { SweepRun, SweepWorld, TargetReport } from "./world.ts";

/** Attempts against other writers before the change is left to the next sweep. */
const maxAttempts = 4;

export interface Change {
  readonly taskId: string;
  /** The record as last read, or `undefined` where there was none. */
  readonly known: TaskRecord | undefined;
  /** Pure; asked again with a fresh record when another writer was faster. */
  apply(record: TaskRecord | undefined): TaskRecord | undefined;
}

/**
 * Writes a change on the condition that nobody else wrote meanwhile.
 * @returns the record as written, or `undefined` when there was nothing to write.
 * @throws RecordRefusedError when other writers were always faster, or the ledger cannot store this record
 */
export async function recordChange(
  change: Change,
  world: Pick<SweepWorld, "ledger">,
  signal: AbortSignal,
): Promise<TaskRecord | undefined> {
  let { known } = change;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const next = change.apply(known);
    if (next === undefined) return undefined;
    if (await world.ledger.writeTask(next, known?.revision ?? null, signal)) return next;
    known = (await world.ledger.readTasks([change.taskId], signal)).get(change.taskId);
    // Our own write whose answer was lost: applied once more, it would count twice.
    if (JSON.stringify(known) === JSON.stringify(next)) return next;
  }
  throw new RecordRefusedError(`${change.taskId} kept being changed by others; it is left to the next sweep`);
}

/** `recordChange` for a sweep, counted in its report. */
export async function recordAndCount(
  change: Change,
  world: SweepWorld,
  run: SweepRun,
  report: TargetReport,
): Promise<TaskRecord | undefined> {
  const written = await recordChange(change, world, run.signal);
  if (written === undefined) return undefined;
  report.changed += 1;
  const { status } = written.task;
  if (status === change.known?.task.status) return written;
  if (status === "vanished") report.vanished += 1;
  else if (isTerminal(status)) report.completed += 1;
  return written;
}
