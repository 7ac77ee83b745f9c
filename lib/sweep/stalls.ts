import type { RandomSource } from "../domain/clock.ts";
import { ProviderError } from "../domain/errors.ts";
import type { OpenTask, TaskRecord } from "../domain/record.ts";
import type { Task } from "../domain/task.ts";
import { applyObservation, applyStall, isStill } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { readTask } from "../ledger/read-task.ts";
import { publishRecords } from "./outbox.ts";
import type { OpenTaskSink } from "./reconcile.ts";
import { recordAndCount } from "./record.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isAboutWhatWasAsked, isOutOfTime } from "./target-sweep.ts";

/** Of all the open tasks that it is given, keeps the few that may have stalled. */
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
  const unread = createSample(progressReadsPerSweep, deps.random);
  const still = createSample(reportsProgress ? progressReadsPerSweep : Infinity, deps.random);
  return {
    unread: unread.kept,
    still: still.kept,
    add(task) {
      // A vanished task that was just found again counts as open from the next sweep on.
      if (task.status === "vanished") return;
      // The detail of a task whose outcome is unknown was read in this sweep already.
      if (reportsProgress && !task.detailRead && task.status !== "unknown") unread.add(task);
      // Without progress to read, only a changed row ends a stall, so there is nothing to check again.
      else if (!reportsProgress && task.stalledAtMs !== null) return;
      else if (isStill(task, stallAfterMs, nowMs)) still.add(task);
    },
  };
}

/**
 * A uniform random sample of at most `size` tasks in random order (Vitter's algorithm R over an inside-out shuffle).
 * With a fixed choice, tasks that cannot be read would permanently keep out the others.
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

/** Reads progress where the provider reports it, and records a stall where a task has not moved for too long. */
export async function checkStalls({ unread, still }: StallCandidates, sweep: TargetSweep): Promise<void> {
  const { provider, run, report } = sweep;
  const { reportsProgress } = provider.capabilities;
  for (const open of [...still, ...unread]) {
    if (isOutOfTime(sweep)) {
      report.finished = false;
      return;
    }
    try {
      const detail = reportsProgress ? await provider.get(open.nativeId, run.signal) : undefined;
      if (reportsProgress && detail === undefined) continue;
      await recordProgress(open, detail, sweep);
    } catch (error) {
      if (!(error instanceof ProviderError || error instanceof RecordRefusedError)) throw error;
      report.problems.push(errorToProblem(error, open.id));
      if (error instanceof ProviderError && !isAboutWhatWasAsked(error)) return;
    }
  }
}

async function recordProgress(open: OpenTask, detail: Task | undefined, sweep: TargetSweep): Promise<void> {
  const { deps, run, report } = sweep;
  const nowMs = deps.clock.now();
  const known = await readTask(deps.ledger, open.id, run.signal);
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    if (record === undefined) return undefined;
    const sight = { rowDigest: record.rowDigest, detail: true, nowMs, announceDiscovered: false };
    const moved = detail && applyObservation(record, { ...sight, task: detail });
    return moved ?? applyStall(record, deps.settings.stallAfterMs, nowMs);
  };
  const written = await recordAndCount({ taskId: open.id, known, apply }, sweep);
  if (written === undefined) return;
  if (written.stalledAtMs === nowMs && known?.stalledAtMs === null) report.stalled += 1;
  await publishRecords([written], sweep);
}
