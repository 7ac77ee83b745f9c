import { ProviderError } from "../domain/errors.ts";
import type { Rows, Sighting } from "../domain/provider.ts";
import type { OpenTask } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { stateDigestOf } from "../domain/transition.ts";
import { recordMiss } from "./miss.ts";
import { observeRows } from "./observe.ts";
import { readRecords } from "./read-records.ts";
import type { OpenTaskSink } from "./reconcile.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";

/** State shared by the batches of one sweep. */
export interface Pass {
  readonly open: OpenTaskSink;
  /** Aborts once the provider should not be called again, so that the calls of other batches are not retried either. */
  readonly stopping: AbortController;
  splitsLeft: number;
}

/**
 * Requests the tasks of one batch and records the response.
 * @returns false if the provider should not be called again in this sweep
 */
export async function reconcileBatch(batch: readonly OpenTask[], pass: Pass, sweep: TargetSweep): Promise<boolean> {
  const { provider, run, report } = sweep;
  try {
    const ids = batch.map(({ nativeId }) => nativeId);
    const rows = await provider.getMany(ids, AbortSignal.any([run.signal, pass.stopping.signal]));
    report.reconciled += batch.length;
    await recordBatch(batch, rows, pass, sweep);
    return true;
  } catch (error) {
    if (error === stopped) return false;
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "not-found" && batch.length === 1) {
      await recordBatch(batch, nothing, pass, sweep);
      return true;
    }
    const goesOn = error.scope === "request" || (error.scope === "id" && pass.splitsLeft > 0);
    if (goesOn && error.scope === "id" && batch.length > 1) return splitBatch(batch, pass, sweep);
    // An outage affects the whole target, even if only one task was requested.
    const isAboutOne = error.scope !== "target" && batch.length === 1;
    report.problems.push(errorToProblem(error, isAboutOne ? batch[0]?.id : null));
    if (!goesOn) pass.stopping.abort(stopped);
    return goesOn;
  }
}

// Created once, because every new error captures a stack trace.
const stopped = new Error("another batch met an outage");

const nothing: Rows = { sightings: [], unreadable: [] };

/**
 * Isolates an id that makes its batch fail, so that the other tasks are still read. Only for an error that speaks of an
 * id: after any other, a split batch would only cost more calls.
 */
async function splitBatch(batch: readonly OpenTask[], pass: Pass, sweep: TargetSweep): Promise<boolean> {
  const middle = Math.ceil(batch.length / 2);
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    if (isOutOfTime(sweep)) {
      sweep.report.finished = false;
      return true;
    }
    pass.splitsLeft -= 1;
    if (!(await reconcileBatch(half, pass, sweep))) return false;
  }
  return true;
}

async function recordBatch(batch: readonly OpenTask[], rows: Rows, { open }: Pass, sweep: TargetSweep): Promise<void> {
  const { report } = sweep;
  const asked = new Map(batch.map((task) => [task.id, task]));
  const found = new Set(rows.sightings.map(({ task }) => task.id));
  const natives = new Set(batch.map(({ nativeId }) => nativeId));
  const broken = rows.unreadable.filter(({ nativeId }) => nativeId === null || natives.has(nativeId));
  const unreadable = new Set(broken.map(({ nativeId }) => nativeId));
  const news = rows.sightings.filter((sighting) => differs(sighting, asked.get(sighting.task.id)));
  const { records: known, skipped } = await readRecords(
    news.map(({ task }) => task.id),
    sweep,
  );
  const recordable = news.filter(({ task }) => !skipped.has(task.id));
  await observeRows({ sightings: recordable, unreadable: broken }, known, sweep);
  for (const { task } of news) {
    const record = known.get(task.id);
    // The cloud has reused the id, so it did not return the requested task.
    if (record !== undefined && isAnotherTask(record.task, task)) found.delete(task.id);
  }
  for (const task of batch) {
    if (found.has(task.id)) {
      open.add(task);
      continue;
    }
    // The unreadable row is, or may be, this task. The task may have stalled, but it is not missing.
    if (unreadable.has(task.nativeId) || unreadable.has(null)) {
      open.add(task);
      continue;
    }
    if (isOutOfTime(sweep)) {
      report.finished = false;
      return;
    }
    await recordMiss(task, sweep);
  }
}

/** True if the row must be recorded. False for a task that was not requested. */
function differs({ task, needsDetail }: Sighting, asked: OpenTask | undefined): boolean {
  return asked !== undefined && (needsDetail || asked.missing || asked.rowDigest !== stateDigestOf(task));
}
