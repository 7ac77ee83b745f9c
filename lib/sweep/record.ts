import type { TaskRecord } from "../domain/record.ts";
import { isTerminal } from "../domain/task.ts";
import { recordChange } from "../ledger/record-change.ts";
import type { Change } from "../ledger/record-change.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** Calls `recordChange` and counts the result in the sweep's report. */
export async function recordAndCount(
  change: Change,
  { deps, run, report }: TargetSweep,
): Promise<TaskRecord | undefined> {
  const written = await recordChange(change, deps, run.signal);
  if (written === undefined) return undefined;
  report.changed += 1;
  const { status } = written.task;
  if (status === change.known?.task.status) return written;
  if (status === "vanished") report.vanished += 1;
  else if (isTerminal(status)) report.completed += 1;
  return written;
}
