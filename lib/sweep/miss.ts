import { ProviderError } from "../domain/errors.ts";
import type { OpenTask, TaskRecord } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import type { Task } from "../domain/task.ts";
import { applyMiss, applyObservation, isLastMiss } from "../domain/transition.ts";
import type { Observation } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { publishRecords } from "./outbox.ts";
import { recordAndCount } from "./record.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isAboutWhatWasAsked } from "./target-sweep.ts";

/**
 * Records that a batch did not return an open task.
 * @returns false when the provider is in no state to be asked for more.
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

/** Before the miss that would make a task vanish, it is asked for by itself: a batch may come back short. */
async function miss(open: OpenTask, { provider, deps, run, report }: TargetSweep): Promise<void> {
  const rule = deps.settings.vanish;
  const known = (await deps.ledger.readTasks([open.id], run.signal)).get(open.id);
  if (known === undefined) return;
  const nowMs = deps.clock.now();
  const askAlone = isLastMiss(known, rule, nowMs);
  const alone = askAlone ? await provider.get(open.nativeId, run.signal) : undefined;
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    if (record === undefined) return undefined;
    if (alone !== undefined && !isAnotherTask(record.task, alone))
      return applyObservation(record, foundAgain(alone, record, nowMs));
    // Another sweep may have counted a miss meanwhile, which makes this the last one without its own question.
    return isLastMiss(record, rule, nowMs) && !askAlone ? undefined : applyMiss(record, rule, nowMs);
  };
  const written = await recordAndCount({ taskId: open.id, known, apply }, deps, run, report);
  if (written) await publishRecords([written], deps, run, report);
}

function foundAgain(task: Task, record: TaskRecord, nowMs: number): Observation {
  return { task, rowDigest: record.rowDigest, detail: true, nowMs, announceDiscovered: false };
}
