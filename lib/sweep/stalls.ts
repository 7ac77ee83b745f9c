import pLimit from "p-limit";
import { detailProblem, isDetailDue } from "../domain/awaited-detail.ts";
import { chunksOf } from "../domain/chunks.ts";
import type { OpenTask, TaskRecord } from "../domain/record.ts";
import { applyFailedLook, applyStall, isStill } from "../domain/stall.ts";
import { applyObservation } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { detailConcurrency, left } from "./detail-reader.ts";
import type { DetailReading } from "./detail-reader.ts";
import { publishRecords } from "./outbox.ts";
import { readRecords } from "./read-records.ts";
import type { OpenTaskSink } from "./reconcile.ts";
import { recordAndCount } from "./record.ts";
import { createSample } from "./sample.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";

const recordsPerRead = 100;

/** Keeps the few open tasks that may have stalled, out of all that it receives. */
interface StallCandidates extends OpenTaskSink {
  /** Tasks whose progress has never been read, so a movement could not be detected. */
  readonly unread: readonly OpenTask[];
  /** Tasks that have not moved in any list for too long. */
  readonly still: readonly OpenTask[];
}

export function createStallCandidates({ provider, deps }: TargetSweep): StallCandidates {
  const { stallAfterMs, progressReadsPerSweep } = deps.settings;
  const { reportsProgress } = provider.capabilities;
  const nowMs = deps.clock.now();
  const unread = createSample<OpenTask>(progressReadsPerSweep, deps.random);
  const still = createSample<OpenTask>(reportsProgress ? progressReadsPerSweep : Infinity, deps.random);
  const unknown: OpenTask[] = [];
  return {
    unread: unread.kept,
    get still() {
      return [...unknown, ...still.kept];
    },
    add(task) {
      // A vanished task that was just found again counts as open from the next sweep on.
      if (task.status === "vanished") return;
      // If a task's outcome is unknown, this sweep has already read its detail.
      if (reportsProgress && !task.detailRead && task.status !== "unknown") unread.add(task);
      else if (reportsProgress && task.status === "unknown") {
        // Most need no read, so they do not count toward the read limit.
        if (isStill(task, stallAfterMs, nowMs)) unknown.push(task);
      }
      // Without progress to read, only a changed row ends a stall, so nothing needs another check.
      else if (!reportsProgress && task.stalledAtMs !== null) return;
      else if (isStill(task, stallAfterMs, nowMs)) still.add(task);
    },
  };
}

/** Reads progress if the provider reports it. Records a stall if a task has not moved for too long. */
export async function checkStalls({ unread, still }: StallCandidates, sweep: TargetSweep): Promise<void> {
  const { report } = sweep;
  for (const chunk of chunksOf([...still, ...unread], recordsPerRead)) {
    if (isOutOfTime(sweep)) {
      report.finished = false;
      return;
    }
    const ids = chunk.map(({ id }) => id);
    const { records } = await readRecords(ids, sweep);
    await checkAll(
      ids.flatMap((id) => records.get(id) ?? []),
      sweep,
    );
  }
}

/** Waits for every check, even if one fails. */
async function checkAll(records: readonly TaskRecord[], sweep: TargetSweep): Promise<void> {
  const limit = pLimit(detailConcurrency);
  const settled = await Promise.allSettled(records.map((record) => limit(() => checkOne(record, sweep))));
  const failure = settled.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
}

async function checkOne(known: TaskRecord, sweep: TargetSweep): Promise<void> {
  const { deps, report } = sweep;
  if (isOutOfTime(sweep)) {
    report.finished = false;
    return;
  }
  try {
    const progress = await readProgress(known, sweep);
    // If the provider does not find the task, the next batch handles it.
    if (progress?.kind === "read" && progress.task === undefined) return;
    const nowMs = deps.clock.now();
    const apply = (record: TaskRecord | undefined) => record && applyProgress(record, progress, { sweep, nowMs });
    const written = await recordAndCount({ taskId: known.task.id, known, apply }, sweep);
    if (written === undefined) return;
    if (written.stalledAtMs === nowMs && known.stalledAtMs === null) report.stalled += 1;
    await publishRecords([written], sweep);
  } catch (error) {
    if (!(error instanceof RecordRefusedError)) throw error;
    report.problems.push(errorToProblem(error, known.task.id));
  }
}

/** `undefined`: the provider reports no progress, so the row is complete. */
type Progress = DetailReading | undefined;

async function readProgress(known: TaskRecord, { provider, deps, details }: TargetSweep): Promise<Progress> {
  details.count(known);
  if (!provider.capabilities.reportsProgress) return undefined;
  return isDetailDue(known.awaitedDetail, deps.clock.now()) ? details.read(known.task, known) : left;
}

function applyProgress(
  record: TaskRecord,
  progress: Progress,
  { sweep, nowMs }: { readonly sweep: TargetSweep; readonly nowMs: number },
): TaskRecord | undefined {
  const { stallAfterMs } = sweep.deps.settings;
  if (progress?.kind === "left" || progress?.kind === "failed") {
    const problem = progress.kind === "failed" ? detailProblem(progress.error) : null;
    return applyFailedLook(record, { problem, stallAfterMs, nowMs });
  }
  const task = progress?.task;
  const sight = { rowDigest: record.rowDigest, detail: true, nowMs, announceDiscovered: false };
  const moved = task && applyObservation(record, { ...sight, task });
  return moved ?? applyStall(record, stallAfterMs, nowMs);
}
