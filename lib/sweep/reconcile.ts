import { wasShown } from "../domain/awaited-task.ts";
import { chunksOf } from "../domain/chunks.ts";
import type { OpenTask } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import { isFollowed } from "../domain/transition.ts";
import { recordToOpenTask } from "../ledger/items.ts";
import type { OpenTaskPage } from "../ledger/ledger.ts";
import { reconcileBatch } from "./batch.ts";
import type { Pass } from "./batch.ts";
import { readRecords } from "./read-records.ts";
import { createResolver } from "./resolve-awaited.ts";
import { isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** Batches in flight at a time. The connection's rate budget applies on top. */
const batchConcurrency = 4;
/** Extra calls per sweep to isolate ids that make their batches fail. A sweep that needs more is facing an outage. */
const splitsPerSweep = 64;

interface Reconciliation {
  /** Where the last sweep stopped. `null`: start from the beginning. */
  readonly resumeAfterId: string | null;
  /** Receives the open tasks that may have stalled. */
  readonly open: OpenTaskSink;
}

/** Receives every open task whose state this sweep has confirmed. */
export interface OpenTaskSink {
  add(task: OpenTask): void;
}

/**
 * Requests every open task that discovery did not list, `batchSize` ids per call.
 * @returns the id after which the next sweep resumes, or `null` to start from the beginning
 */
export async function reconcile(
  from: Reconciliation,
  seen: ReadonlySet<string>,
  sweep: TargetSweep,
): Promise<string | null> {
  const pass: Pass = { open: from.open, stopping: new AbortController(), splitsLeft: splitsPerSweep };
  for await (const { batches, lastId } of unseenBatches(from, seen, sweep)) {
    // Resume after the failed batches. If they failed every time, they would block all later ones.
    if (!(await askAll(batches, pass, sweep))) return lastId;
    if (lastId !== null && isOutOfTime(sweep)) {
      sweep.report.finished = false;
      return lastId;
    }
  }
  return null;
}

interface BatchGroup {
  readonly batches: readonly OpenTask[][];
  /** The last task of these batches, or `null` if no task follows. */
  readonly lastId: string | null;
}

/** Groups of batches to request concurrently. Tasks that discovery listed are added to `open` instead. */
async function* unseenBatches(
  { resumeAfterId, open }: Reconciliation,
  seen: ReadonlySet<string>,
  sweep: TargetSweep,
): AsyncGenerator<BatchGroup> {
  const { provider, deps, run } = sweep;
  const { batchSize } = provider.capabilities;
  const resolver = createResolver(sweep);
  let unseen: OpenTask[] = [];
  for await (const page of deps.ledger.openTasks(provider.target, resumeAfterId, run.signal)) {
    for (const task of await tasksOn(page, sweep)) {
      if (seen.has(task.id)) open.add(task);
      else if (wasShown(task) || (await resolver.isCanonical(task))) unseen.push(task);
      if (unseen.length < batchSize * batchConcurrency) continue;
      yield { batches: chunksOf(unseen, batchSize), lastId: task.id };
      unseen = [];
    }
  }
  yield { batches: chunksOf(unseen, batchSize), lastId: null };
}

/** The page's tasks in the order of their ids. Those that the index shows wrongly are taken from their records. */
async function tasksOn({ tasks, unreadable }: OpenTaskPage, sweep: TargetSweep): Promise<readonly OpenTask[]> {
  if (unreadable.length === 0) return tasks;
  const ids = unreadable.map(({ id }) => id);
  const { records } = await readRecords(ids, sweep);
  const own = targetKey(sweep.provider.target);
  const followed = [...records.values()].filter((record) => isFollowed(record) && targetKey(record.task) === own);
  return [...tasks, ...followed.map(recordToOpenTask)].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Waits for every batch, even if one fails.
 * @returns false if the provider should not be called again in this sweep
 */
async function askAll(batches: readonly OpenTask[][], pass: Pass, sweep: TargetSweep): Promise<boolean> {
  const settled = await Promise.allSettled(batches.map((batch) => reconcileBatch(batch, pass, sweep)));
  let goesOn = true;
  for (const result of settled) {
    if (result.status === "rejected") throw result.reason;
    if (!result.value) goesOn = false;
  }
  return goesOn;
}
