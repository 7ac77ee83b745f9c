import type { OpenTask } from "../domain/record.ts";
import { reconcileBatch } from "./batch.ts";
import type { Pass } from "./batch.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { outOfTime } from "./target-sweep.ts";

/** Batches asked for side by side; the rate budget of the connection still holds. */
const batchConcurrency = 4;
/** Extra calls in one sweep to find the ids that make their batches fail; more in one sweep than a few are an outage. */
const splitsPerSweep = 64;

export interface Reconciliation {
  /** Where the last sweep stopped; `null`: from the start. */
  readonly resumeAfterId: string | null;
  /** Open tasks to look at more closely, as seen in this pass. */
  readonly open: OpenTaskSink;
}

/** Takes every open task whose state is known as of this sweep. */
export interface OpenTaskSink {
  add(task: OpenTask): void;
}

/**
 * Asks for every open task that the discovery did not list, `batchSize` ids a call.
 * @returns where the next sweep goes on; `null`: from the start.
 */
export async function reconcile(
  { resumeAfterId, open }: Reconciliation,
  seen: ReadonlySet<string>,
  sweep: TargetSweep,
): Promise<string | null> {
  const { provider, deps, run, report } = sweep;
  const pass: Pass = { open, splitsLeft: splitsPerSweep };
  let batches: OpenTask[][] = [];
  let batch: OpenTask[] = [];
  for await (const page of deps.ledger.openTasks(provider.target, resumeAfterId, run.signal)) {
    for (const task of page) {
      if (seen.has(task.id)) open.add(task);
      else batch.push(task);
      if (batch.length < provider.capabilities.batchSize) continue;
      batches.push(batch);
      batch = [];
      if (batches.length < batchConcurrency) continue;
      const asked = batches;
      batches = [];
      // Beyond a batch that failed, so that one that always fails never keeps the later ones from being asked.
      if (!(await askAll(asked, pass, sweep))) return task.id;
      if (outOfTime(deps, run, report)) return task.id;
    }
  }
  if (batch.length > 0) batches.push(batch);
  await askAll(batches, pass, sweep);
  return null;
}

/** Settles when nothing is under way any more, whatever failed. */
async function askAll(batches: readonly OpenTask[][], pass: Pass, sweep: TargetSweep): Promise<boolean> {
  const settled = await Promise.allSettled(batches.map((batch) => reconcileBatch(batch, pass, sweep)));
  let goesOn = true;
  for (const result of settled) {
    if (result.status === "rejected") throw result.reason;
    if (!result.value) goesOn = false;
  }
  return goesOn;
}
