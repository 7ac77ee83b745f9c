import { ProviderError } from "../domain/errors.ts";
import type { Rows, Sighting } from "../domain/provider.ts";
import type { OpenTask } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { stateDigestOf } from "../domain/transition.ts";
import { recordMiss } from "./miss.ts";
import { observeRows } from "./observe.ts";
import type { OpenTaskSink } from "./reconcile.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isAboutWhatWasAsked, isOutOfTime } from "./target-sweep.ts";

/** State shared by the batches of one sweep. */
export interface Pass {
  readonly open: OpenTaskSink;
  splitsLeft: number;
}

/**
 * Asks for the tasks of one batch and records the answer.
 * @returns false when the provider should not be called again in this sweep.
 */
export async function reconcileBatch(batch: readonly OpenTask[], pass: Pass, sweep: TargetSweep): Promise<boolean> {
  const { provider, run, report } = sweep;
  try {
    const rows = await provider.getMany(
      batch.map(({ nativeId }) => nativeId),
      run.signal,
    );
    report.reconciled += batch.length;
    await recordBatch(batch, rows, pass, sweep);
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "not-found" && batch.length === 1) {
      await recordBatch(batch, nothing, pass, sweep);
      return true;
    }
    const aboutIds = isAboutWhatWasAsked(error);
    const goesOn = aboutIds && pass.splitsLeft > 0;
    if (goesOn && batch.length > 1) return splitBatch(batch, pass, sweep);
    // An outage is one of the target, even when only one task was asked for.
    report.problems.push(errorToProblem(error, aboutIds && batch.length === 1 ? batch[0]?.id : null));
    return goesOn;
  }
}

const nothing: Rows = { sightings: [], unreadable: [] };

/** Isolates an id that makes its batch fail, so that the other tasks are still read. */
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
  const { deps, run, report } = sweep;
  const asked = new Map(batch.map((task) => [task.id, task]));
  const found = new Set(rows.sightings.map(({ task }) => task.id));
  const unreadable = new Set(rows.unreadable.map(({ nativeId }) => nativeId));
  const news = rows.sightings.filter((sighting) => differs(sighting, asked.get(sighting.task.id)));
  const known = await deps.ledger.readTasks(
    news.map(({ task }) => task.id),
    run.signal,
  );
  await observeRows({ sightings: news, unreadable: rows.unreadable }, known, sweep);
  for (const { task } of news) {
    const record = known.get(task.id);
    // The cloud has reused the id, so it did not return the task that was asked for.
    if (record !== undefined && isAnotherTask(record.task, task)) found.delete(task.id);
  }
  for (const task of batch) {
    if (found.has(task.id)) {
      open.add(task);
      continue;
    }
    // An unreadable row may be this task.
    if (unreadable.has(task.nativeId) || unreadable.has(null)) continue;
    if (isOutOfTime(sweep)) {
      report.finished = false;
      return;
    }
    await recordMiss(task, sweep);
  }
}

/** True when the row must be recorded. False for a task that was not asked for. */
function differs({ task, needsDetail }: Sighting, asked: OpenTask | undefined): boolean {
  return asked !== undefined && (needsDetail || asked.missing || asked.rowDigest !== stateDigestOf(task));
}
