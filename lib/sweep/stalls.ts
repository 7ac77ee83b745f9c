import type { RandomSource } from "../domain/clock.ts";
import { ProviderError } from "../domain/errors.ts";
import type { OpenTask, TaskRecord } from "../domain/record.ts";
import type { Task } from "../domain/task.ts";
import { applyObservation, applyStall, isStill } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { publishRecords } from "./outbox.ts";
import type { OpenTaskSink } from "./reconcile.ts";
import { recordAndCount } from "./record.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isAboutWhatWasAsked, outOfTime } from "./target-sweep.ts";

/** Keeps the few open tasks that need a closer look; all the others pass through without a trace. */
export interface StallCandidates extends OpenTaskSink {
  /** Tasks whose progress has never been read, so that no movement could be told. */
  readonly unread: readonly OpenTask[];
  /** Tasks of which no list has shown a movement for too long. */
  readonly still: readonly OpenTask[];
}

export function createStallCandidates({ provider, deps }: TargetSweep): StallCandidates {
  const { stallAfterMs, progressReadsPerSweep } = deps.settings;
  const { reportsProgress } = provider.capabilities;
  const nowMs = deps.clock.now();
  const unread = createSample(progressReadsPerSweep, deps.random);
  const still = createSample(reportsProgress ? progressReadsPerSweep : Infinity, deps.random);
  return {
    unread: unread.kept,
    still: still.kept,
    add(task) {
      // A vanished task that has just been found again is open from the next sweep on.
      if (task.status === "vanished") return;
      // Where the outcome waits for the detail, the detail has just been asked for.
      if (reportsProgress && !task.detailRead && task.status !== "unknown") unread.add(task);
      // Once stalled, only a detail can show that a task moves again where its row would not.
      else if (!reportsProgress && task.stalledAtMs !== null) return;
      else if (isStill(task, stallAfterMs, nowMs)) still.add(task);
    },
  };
}

/**
 * At most `size` of the tasks added, each as likely as any other and in random order, so that tasks which cannot be
 * read never keep the same others out for good (Vitter's algorithm R over an inside-out shuffle).
 */
function createSample(size: number, random: RandomSource): OpenTaskSink & { readonly kept: readonly OpenTask[] } {
  const kept: OpenTask[] = [];
  let added = 0;
  return {
    kept,
    add(task) {
      added += 1;
      const place = Math.floor(random.next() * added);
      const moved = kept[place];
      if (kept.length < size && moved !== undefined) kept.push(moved);
      if (place < size) kept[place] = task;
    },
  };
}

/** Reads progress where the provider has any, and records a stall where nothing has moved for the threshold. */
export async function checkStalls({ unread, still }: StallCandidates, sweep: TargetSweep): Promise<void> {
  const { provider, deps, run, report } = sweep;
  const { reportsProgress } = provider.capabilities;
  for (const open of [...still, ...unread]) {
    if (outOfTime(deps, run, report)) return;
    try {
      const detail = reportsProgress ? await provider.get(open.nativeId, run.signal) : undefined;
      if (reportsProgress && detail === undefined) continue;
      await recordLook(open, detail, sweep);
    } catch (error) {
      if (!(error instanceof ProviderError || error instanceof RecordRefusedError)) throw error;
      report.problems.push(errorToProblem(error, open.id));
      if (error instanceof ProviderError && !isAboutWhatWasAsked(error)) return;
    }
  }
}

async function recordLook(open: OpenTask, detail: Task | undefined, sweep: TargetSweep): Promise<void> {
  const { deps, run, report } = sweep;
  const nowMs = deps.clock.now();
  const known = (await deps.ledger.readTasks([open.id], run.signal)).get(open.id);
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    if (record === undefined) return undefined;
    const sight = { rowDigest: record.rowDigest, detail: true, nowMs, announceDiscovered: false };
    const moved = detail && applyObservation(record, { ...sight, task: detail });
    return moved ?? applyStall(record, deps.settings.stallAfterMs, nowMs);
  };
  const written = await recordAndCount({ taskId: open.id, known, apply }, deps, run, report);
  if (written === undefined) return;
  if (written.stalledAtMs === nowMs && known?.stalledAtMs === null) report.stalled += 1;
  await publishRecords([written], deps, run, report);
}
