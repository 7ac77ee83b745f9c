import { ProviderError } from "../errors.ts";
import type { OpenTask, TaskRecord } from "../ledger.ts";
import type { Sighting } from "../provider.ts";
import type { Task } from "../task.ts";
import { applyMiss, applySight, isLastMiss, stateDigestOf } from "../transition.ts";
import type { Sight } from "../transition.ts";
import { errorToProblem, observeRows } from "./observe.ts";
import type { TargetSweep } from "./observe.ts";
import { publishRecords } from "./outbox.ts";
import { recordAndCount } from "./record.ts";

/** Batches asked for side by side; the rate budget of the connection still holds. */
const batchConcurrency = 4;

export interface Reconciliation {
  /** Where the next sweep goes on; `null`: from the start. */
  readonly resumeAfterId: string | null;
  /** Open tasks to look at more closely, as seen in this pass. */
  readonly open: OpenTaskSink;
}

/** Takes every open task whose state is known as of this sweep. */
export interface OpenTaskSink {
  add(task: OpenTask): void;
}

/** Asks for every open task that the discovery did not list, `batchSize` ids a call. */
export async function reconcile(
  { resumeAfterId, open }: Reconciliation,
  seen: ReadonlySet<string>,
  sweep: TargetSweep,
): Promise<string | null> {
  const { provider, world, run, report } = sweep;
  let batches: OpenTask[][] = [];
  let batch: OpenTask[] = [];
  const askAll = async (): Promise<boolean> => {
    const asked = batches;
    batches = [];
    const results = await Promise.all(asked.map((one) => reconcileBatch(one, open, sweep)));
    return results.every(Boolean);
  };
  for await (const page of world.ledger.openTasks(provider.target, resumeAfterId, run.signal)) {
    for (const task of page) {
      if (seen.has(task.id)) open.add(task);
      else batch.push(task);
      if (batch.length < provider.capabilities.batchSize) continue;
      batches.push(batch);
      batch = [];
      if (batches.length < batchConcurrency) continue;
      // Beyond a batch that failed, so that one that always fails never keeps the later ones from being asked.
      if (!(await askAll())) return task.id;
      if (world.clock.now() >= run.stopAtMs) {
        report.finished = false;
        return task.id;
      }
    }
  }
  if (batch.length > 0) batches.push(batch);
  await askAll();
  return null;
}

/** @returns false when the provider is in no state to be asked for more. */
async function reconcileBatch(batch: readonly OpenTask[], open: OpenTaskSink, sweep: TargetSweep): Promise<boolean> {
  const { provider, world, run, report } = sweep;
  try {
    const rows = await provider.getMany(batch.map(({ nativeId }) => nativeId), run.signal);
    const light = new Map(batch.map((task) => [task.id, task]));
    const found = new Set(rows.sightings.map(({ task }) => task.id));
    const unreadable = new Set(rows.unreadable.map(({ nativeId }) => nativeId));
    report.reconciled += batch.length;
    const news = rows.sightings.filter((sighting) => light.has(sighting.task.id) && differs(sighting, light));
    const known = await world.ledger.readTasks(news.map(({ task }) => task.id), run.signal);
    await observeRows({ sightings: news, unreadable: rows.unreadable }, known, sweep);
    for (const task of batch) {
      if (found.has(task.id)) open.add(task);
      else if (!unreadable.has(task.nativeId) && !unreadable.has(null)) await miss(task, sweep);
    }
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    report.problems.push(errorToProblem(error));
    return error.kind === "malformed" || error.kind === "bad-request";
  }
}

function differs({ task, needsDetail }: Sighting, light: ReadonlyMap<string, OpenTask>): boolean {
  const open = light.get(task.id);
  return needsDetail || open === undefined || open.missing || open.rowDigest !== stateDigestOf(task);
}

/** Before the miss that would make a task vanish, it is asked for by itself: a batch may come back short. */
async function miss(open: OpenTask, sweep: TargetSweep): Promise<void> {
  const { provider, world, run, report } = sweep;
  const rule = world.settings.vanish;
  const known = (await world.ledger.readTasks([open.id], run.signal)).get(open.id);
  if (known === undefined) return;
  const nowMs = world.clock.now();
  const alone = isLastMiss(known, rule, nowMs) ? await provider.get(open.nativeId, run.signal) : undefined;
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined =>
    record && (alone === undefined ? applyMiss(record, rule, nowMs) : applySight(record, foundAgain(alone, record, nowMs)));
  const written = await recordAndCount({ taskId: open.id, known, apply }, world, run, report);
  if (written) await publishRecords([written], world, run, report);
}

function foundAgain(task: Task, record: TaskRecord, nowMs: number): Sight {
  return { task, rowDigest: record.rowDigest, detail: true, nowMs, announceDiscovered: false };
}
