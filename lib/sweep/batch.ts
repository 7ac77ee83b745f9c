import { ProviderError } from "../domain/errors.ts";
import type { Rows, Sighting } from "../domain/provider.ts";
import type { OpenTask } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { stateDigestOf } from "../domain/transition.ts";
import { recordMiss } from "./miss.ts";
import { observeRows } from "./observe.ts";
import type { OpenTaskSink } from "./reconcile.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isAboutWhatWasAsked, outOfTime } from "./target-sweep.ts";

/** What the batches of one sweep share. */
export interface Pass {
  readonly open: OpenTaskSink;
  splitsLeft: number;
}

/** @returns false when the provider is in no state to be asked for more. */
export async function reconcileBatch(batch: readonly OpenTask[], pass: Pass, sweep: TargetSweep): Promise<boolean> {
  const { provider, run, report } = sweep;
  try {
    const rows = await provider.getMany(
      batch.map(({ nativeId }) => nativeId),
      run.signal,
    );
    report.reconciled += batch.length;
    return await recordBatch(batch, rows, pass, sweep);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === "not-found" && batch.length === 1) return recordBatch(batch, nothing, pass, sweep);
    const goesOn = isAboutWhatWasAsked(error) && pass.splitsLeft > 0;
    if (goesOn && batch.length > 1) return splitBatch(batch, pass, sweep);
    report.problems.push(errorToProblem(error, batch.length === 1 ? batch[0]?.id : null));
    return goesOn;
  }
}

const nothing: Rows = { sightings: [], unreadable: [] };

/** One id that the provider cannot answer must not hide how the others of its batch have ended. */
async function splitBatch(batch: readonly OpenTask[], pass: Pass, sweep: TargetSweep): Promise<boolean> {
  const middle = Math.ceil(batch.length / 2);
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    if (outOfTime(sweep.deps, sweep.run, sweep.report)) return true;
    pass.splitsLeft -= 1;
    if (!(await reconcileBatch(half, pass, sweep))) return false;
  }
  return true;
}

async function recordBatch(
  batch: readonly OpenTask[],
  rows: Rows,
  { open }: Pass,
  sweep: TargetSweep,
): Promise<boolean> {
  const { deps, run, report } = sweep;
  const light = new Map(batch.map((task) => [task.id, task]));
  const found = new Set(rows.sightings.map(({ task }) => task.id));
  const unreadable = new Set(rows.unreadable.map(({ nativeId }) => nativeId));
  const news = rows.sightings.filter((sighting) => differs(sighting, light.get(sighting.task.id)));
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
    } else if (!unreadable.has(task.nativeId) && !unreadable.has(null)) {
      if (outOfTime(deps, run, report)) return true;
      if (!(await recordMiss(task, sweep))) return false;
    }
  }
  return true;
}

/** False also for a row of a task that was not asked for. */
function differs({ task, needsDetail }: Sighting, asked: OpenTask | undefined): boolean {
  return asked !== undefined && (needsDetail || asked.missing || asked.rowDigest !== stateDigestOf(task));
}
