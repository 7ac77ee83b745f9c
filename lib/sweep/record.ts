import { unexplainedFailures } from "../domain/explanation.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isTerminal } from "../domain/task.ts";
import type { TaskFailure } from "../domain/task.ts";
import { recordChange } from "../ledger/record-change.ts";
import type { Change } from "../ledger/record-change.ts";
import type { TargetReport, TargetSweep } from "./target-sweep.ts";

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
  else if (isTerminal(status)) {
    report.completed += 1;
    if (status === "failed") countUnexplained(unexplainedFailures(deps.explain(written.task)), report);
  }
  return written;
}

/** In the log line of one sweep, each code and message once. */
const maxUnexplainedFailures = 20;

/** A failure without any reason is not counted: there is nothing to explain. */
function countUnexplained(failures: readonly TaskFailure[], report: TargetReport): void {
  if (failures.length > 0) report.unexplained += 1;
  for (const failure of failures) {
    const isListed = report.unexplainedFailures.some(
      ({ code, message }) => code === failure.code && message === failure.message,
    );
    if (isListed) continue;
    if (report.unexplainedFailures.length >= maxUnexplainedFailures) return;
    report.unexplainedFailures.push(failure);
  }
}
