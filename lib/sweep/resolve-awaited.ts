import { awaitedTask } from "../domain/awaited-task.ts";
import { ProviderError } from "../domain/errors.ts";
import type { OpenTask, TaskRecord } from "../domain/record.ts";
import { taskId } from "../domain/task.ts";
import { applyResolution, applyTrackRequest, trackedSight } from "../domain/track-request.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { recordMiss } from "./miss.ts";
import { readRecords } from "./read-records.ts";
import { recordAndCount } from "./record.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** Looks up which task the id of an awaited task refers to, where a provider's tasks have several ids. */
interface Resolver {
  /** True if the id is the task's own, so that a batch can request it. Any other result is recorded here. */
  isCanonical(awaited: OpenTask): Promise<boolean>;
}

export function createResolver(sweep: TargetSweep): Resolver {
  const { provider, run, report } = sweep;
  let isDown = false;

  async function resolve(awaited: OpenTask): Promise<boolean> {
    const resolution = await provider.resolve?.(awaited.nativeId, run.signal);
    if (resolution === undefined) await recordMiss(awaited, sweep, { cause: null });
    else if ("reason" in resolution) await recordMiss(awaited, sweep, { cause: resolution.reason });
    else if (resolution.nativeId === awaited.nativeId) return true;
    else await followAs(resolution.nativeId, awaited, sweep);
    return false;
  }

  return {
    async isCanonical(awaited) {
      if (provider.resolve === undefined) return true;
      if (isDown || isOutOfTime(sweep)) {
        report.finished = false;
        return false;
      }
      try {
        return await resolve(awaited);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        isDown = error.scope === "target";
        report.problems.push(errorToProblem(error, isDown ? null : awaited.id));
        return false;
      }
    },
  };
}

/**
 * Tracks the task under the id that it is known by, and then makes the awaited record lead there. A crash in between
 * repeats both.
 */
async function followAs(nativeId: string, awaited: OpenTask, sweep: TargetSweep): Promise<void> {
  const { provider, deps, report } = sweep;
  const from = (await readRecords([awaited.id], sweep)).records.get(awaited.id);
  if (from === undefined || applyResolution(from, nativeId) === undefined) return;
  const id = taskId(provider.target, nativeId);
  const nowMs = deps.clock.now();
  const track = (known: TaskRecord | undefined): TaskRecord | undefined => {
    const task = awaitedTask(provider, nativeId, nowMs);
    const sight = trackedSight({ found: undefined, known, awaited: task, nowMs });
    const isLabeled = known !== undefined && Object.keys(known.task.labels).length > 0;
    return applyTrackRequest(known, sight, isLabeled ? undefined : from.task.labels);
  };
  const lead = (record: TaskRecord | undefined) => record && applyResolution(record, nativeId);
  try {
    const { records, skipped } = await readRecords([id], sweep);
    if (skipped.has(id)) return;
    const known = records.get(id);
    await recordAndCount({ taskId: id, known, apply: track }, sweep);
    await recordAndCount({ taskId: awaited.id, known: from, apply: lead }, sweep);
  } catch (error) {
    if (!(error instanceof RecordRefusedError)) throw error;
    report.problems.push(errorToProblem(error, awaited.id));
  }
}
