import { ProviderError } from "../domain/errors.ts";
import type { OpenTask, TaskRecord } from "../domain/record.ts";
import type { Task } from "../domain/task.ts";
import { applyMiss, applyObservation, isLastMiss } from "../domain/transition.ts";
import type { Observation } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { readTask } from "../ledger/read-task.ts";
import { publishRecords } from "./outbox.ts";
import { recordAndCount } from "./record.ts";
import { errorToProblem, isAboutWhatWasAsked } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/**
 * Records that a batch did not return an open task.
 * @returns false when the provider should not be called again in this sweep.
 */
export async function recordMiss(open: OpenTask, sweep: TargetSweep): Promise<boolean> {
  try {
    await miss(open, sweep);
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError || error instanceof RecordRefusedError)) throw error;
    sweep.report.problems.push(errorToProblem(error, open.id));
    return error instanceof RecordRefusedError || isAboutWhatWasAsked(error);
  }
}

/** Batches may come back incomplete, so the task is asked for alone before the miss that would make it vanish. */
async function miss(open: OpenTask, sweep: TargetSweep): Promise<void> {
  const { provider, deps, run } = sweep;
  const rule = deps.settings.vanish;
  const known = await readTask(deps.ledger, open.id, run.signal);
  if (known === undefined) return;
  const nowMs = deps.clock.now();
  const askAlone = isLastMiss(known, rule, nowMs);
  const alone = askAlone ? await provider.get(open.nativeId, run.signal) : undefined;
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    if (record === undefined) return undefined;
    if (alone !== undefined) return applyObservation(record, foundAgain(alone, record, nowMs));
    // If a concurrent sweep counted a miss meanwhile, this would be the last one, and the task was not asked for alone.
    return isLastMiss(record, rule, nowMs) && !askAlone ? undefined : applyMiss(record, rule, nowMs);
  };
  const written = await recordAndCount({ taskId: open.id, known, apply }, sweep);
  if (written) await publishRecords([written], sweep);
}

function foundAgain(task: Task, record: TaskRecord, nowMs: number): Observation {
  return { task, rowDigest: record.rowDigest, detail: true, nowMs, announceDiscovered: false };
}
