import type { Delivery } from "../domain/events.ts";
import type { TaskEvent } from "../domain/events.ts";
import type { Provider } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { applyDeliveries } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { recordChange } from "../ledger/record-change.ts";
import { errorToProblem, outOfTime } from "./target-sweep.ts";
import type { SweepRun, SweepDependencies, TargetReport } from "./target-sweep.ts";

/** Tries for one entry within one sweep; what is still refused stays pending in the ledger. */
const maxTries = 3;
const firstWaitMs = 200;

/** Publishes what earlier sweeps recorded and did not get onto the bus. */
export async function publishDue(
  provider: Provider,
  deps: SweepDependencies,
  run: SweepRun,
  report: TargetReport,
): Promise<void> {
  for await (const ids of deps.ledger.tasksWithDueEvents(provider.target, deps.clock.now(), run.signal)) {
    for (let start = 0; start < ids.length; start += 100) {
      if (outOfTime(deps, run, report)) return;
      const records = await deps.ledger.readTasks(ids.slice(start, start + 100), run.signal);
      const { published, refused } = report;
      await publishRecords([...records.values()], deps, run, report);
      // A bus that takes nothing would use up the time in which endings can be recorded.
      if (report.published === published && report.refused > refused) return;
    }
  }
}

/** How many tasks have an event that the bus has not taken yet, due or not. */
export async function countPending(
  { target }: Provider,
  { ledger }: SweepDependencies,
  run: SweepRun,
): Promise<number> {
  let count = 0;
  for await (const ids of ledger.tasksWithDueEvents(target, Number.MAX_SAFE_INTEGER, run.signal)) count += ids.length;
  return count;
}

/**
 * Publishes the records' due events, then marks them. A crash in between repeats an event and never loses one.
 */
export async function publishRecords(
  records: readonly TaskRecord[],
  deps: SweepDependencies,
  run: SweepRun,
  report: TargetReport,
): Promise<void> {
  const nowMs = deps.clock.now();
  const events = records.flatMap(({ pending }) =>
    pending.filter(({ nextAttemptAtMs }) => nextAttemptAtMs <= nowMs).map(({ event }) => event),
  );
  const deliveries = await offer(events, deps, run);
  for (const { accepted } of deliveries.values()) {
    if (accepted) report.published += 1;
    else report.refused += 1;
  }
  for (const record of records) {
    const apply = (fresh: TaskRecord | undefined): TaskRecord | undefined =>
      fresh && applyDeliveries(fresh, deliveries, deps.clock.now());
    try {
      await recordChange({ taskId: record.task.id, known: record, apply }, deps, run.signal);
    } catch (error) {
      if (!(error instanceof RecordRefusedError)) throw error;
      report.problems.push(errorToProblem(error, record.task.id));
    }
  }
}

async function offer(
  events: readonly TaskEvent[],
  { bus, clock, random }: SweepDependencies,
  run: SweepRun,
): Promise<ReadonlyMap<string, Delivery>> {
  const deliveries = new Map<string, Delivery>();
  let left = events;
  for (let attempt = 1; left.length > 0 && attempt <= maxTries; attempt += 1) {
    if (attempt > 1) await clock.sleep(random.next() * firstWaitMs * 2 ** attempt, run.signal);
    const results = await bus.publish(left, run.signal);
    const refused: TaskEvent[] = [];
    for (const [index, event] of left.entries()) {
      const delivery = results[index] ?? { accepted: false, reason: "the bus gave no result for it" };
      deliveries.set(event.detail.id, delivery);
      if (!delivery.accepted) refused.push(event);
    }
    left = refused;
    if (clock.now() >= run.stopAtMs) break;
  }
  return deliveries;
}
