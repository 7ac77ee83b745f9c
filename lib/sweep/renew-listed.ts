import type { TaskRecord } from "../domain/record.ts";
import { applyRenewal } from "../domain/renewal.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { recordChange } from "../ledger/record-change.ts";
import { errorToProblem } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/**
 * Keeps the records of listed tasks that have ended from expiring. If a record expired while its task is still listed,
 * the task would look new and be announced again.
 */
export async function renewListed(listed: ReadonlyMap<string, TaskRecord>, sweep: TargetSweep): Promise<void> {
  const { deps, run, report } = sweep;
  const { retentionMs } = deps.settings;
  for (const [taskId, known] of listed) {
    const nowMs = deps.clock.now();
    const apply = (record: TaskRecord | undefined) => record && applyRenewal(record, retentionMs, nowMs);
    try {
      await recordChange({ taskId, known, apply }, deps, run.signal);
    } catch (error) {
      if (!(error instanceof RecordRefusedError)) throw error;
      report.problems.push(errorToProblem(error, taskId));
    }
  }
}
