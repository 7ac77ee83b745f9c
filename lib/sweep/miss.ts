import { detailProblem, isDetailDue } from "../domain/awaited-detail.ts";
import { wasShown } from "../domain/awaited-task.ts";
import type { OpenTask, TaskRecord } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { applyFailedLook } from "../domain/stall.ts";
import type { Task } from "../domain/task.ts";
import { applyMiss, applyObservation, isLastMiss, stateDigestOf } from "../domain/transition.ts";
import type { Observation } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { left } from "./detail-reader.ts";
import type { DetailReading } from "./detail-reader.ts";
import { publishRecords } from "./outbox.ts";
import { readRecords } from "./read-records.ts";
import { recordAndCount } from "./record.ts";
import { errorToProblem } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** What the provider said about an id that it was asked for alone, and that leads to no task. */
interface Unresolved {
  readonly cause: string | null;
}

/** Records that a batch, or `unresolved`, did not return an open task. */
export async function recordMiss(open: OpenTask, sweep: TargetSweep, unresolved?: Unresolved): Promise<void> {
  try {
    await miss(open, sweep, unresolved);
  } catch (error) {
    if (!(error instanceof RecordRefusedError)) throw error;
    sweep.report.problems.push(errorToProblem(error, open.id));
  }
}

/** Batches may be incomplete, so the task is requested alone before the miss that would make it vanish. */
async function miss(open: OpenTask, sweep: TargetSweep, unresolved: Unresolved | undefined): Promise<void> {
  const { deps } = sweep;
  const { vanish: rule, stallAfterMs } = deps.settings;
  const known = (await readRecords([open.id], sweep)).records.get(open.id);
  if (known === undefined) return;
  sweep.details.count(known);
  const isLast = isLastMiss(known, rule, deps.clock.now());
  const alone = isLast ? await lookAlone(known, unresolved, sweep) : undefined;
  const nowMs = deps.clock.now();
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    if (record === undefined) return undefined;
    if (alone?.kind === "read" && alone.task && !isAnotherTask(record.task, alone.task)) {
      return applyObservation(record, foundAgain(alone.task, record, nowMs));
    }
    if (alone !== undefined && alone.kind !== "read") {
      const problem = alone.kind === "failed" ? detailProblem(alone.error) : null;
      return applyFailedLook(record, { problem, stallAfterMs, nowMs });
    }
    // A concurrent sweep may have counted a miss. Then this miss would be the last, but the task was not requested
    // alone.
    if (isLastMiss(record, rule, nowMs) && alone === undefined) return undefined;
    return applyMiss(record, rule, nowMs, unresolved?.cause);
  };
  const written = await recordAndCount({ taskId: open.id, known, apply }, sweep);
  if (written) await publishRecords([written], sweep);
}

async function lookAlone(
  known: TaskRecord,
  unresolved: Unresolved | undefined,
  { deps, details }: TargetSweep,
): Promise<DetailReading> {
  if (unresolved !== undefined) return { kind: "read", task: undefined };
  return isDetailDue(known.awaitedDetail, deps.clock.now()) ? details.read(known.task, known) : left;
}

function foundAgain(task: Task, record: TaskRecord, nowMs: number): Observation {
  const rowDigest = wasShown(record) ? record.rowDigest : stateDigestOf(task);
  return { task, rowDigest, detail: true, nowMs, announceDiscovered: false };
}
