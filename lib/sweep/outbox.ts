import { chunksOf } from "../domain/chunks.ts";
import type { Delivery, TaskEvent } from "../domain/events.ts";
import { isDue } from "../domain/postponement.ts";
import type { TaskRecord } from "../domain/record.ts";
import { applyDeliveries } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { recordChange } from "../ledger/record-change.ts";
import { readRecords } from "./read-records.ts";
import type { RecordReader } from "./read-records.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";

/** Attempts to send one event within one sweep. An event refused every time stays pending in the ledger. */
const maxTries = 3;
const firstWaitMs = 200;
const recordsPerRead = 100;

/** The parts of a sweep that publishing needs. A target that is no longer configured also has an outbox. */
export type Outbox = RecordReader;

/** Publishes events that earlier sweeps recorded but could not deliver to the bus. */
export async function publishDue(sweep: Outbox): Promise<void> {
  const { provider, deps, run, report } = sweep;
  for await (const page of deps.ledger.tasksWithDueEvents(provider.target, deps.clock.now(), run.signal)) {
    for (const ids of chunksOf(page, recordsPerRead)) {
      if (isOutOfTime(sweep)) {
        report.finished = false;
        return;
      }
      const { records } = await readRecords(ids, sweep);
      const { published, refused } = report;
      await publishRecords([...records.values()], sweep);
      // While the bus accepts nothing, use the time to record how tasks end.
      if (report.published === published && report.refused > refused) return;
    }
  }
}

/** How many tasks have an event that the bus has not accepted yet, due or not. */
export async function countPending({ provider, deps, run }: Outbox): Promise<number> {
  const pages = deps.ledger.tasksWithDueEvents(provider.target, Number.MAX_SAFE_INTEGER, run.signal);
  let count = 0;
  for await (const ids of pages) count += ids.length;
  return count;
}

/** Publishes the records' due events, then marks them. A crash in between repeats an event but never loses one. */
export async function publishRecords(records: readonly TaskRecord[], sweep: Outbox): Promise<void> {
  const { deps, run, report } = sweep;
  const nowMs = deps.clock.now();
  const events = records.flatMap(({ pending }) =>
    pending.filter((entry) => isDue(entry, nowMs)).map(({ event }) => event),
  );
  const deliveries = await offer(events, sweep);
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

/** Sends events to the bus and resends refused ones until the attempts or the time run out. */
async function offer(events: readonly TaskEvent[], sweep: Outbox): Promise<ReadonlyMap<string, Delivery>> {
  const { bus, clock, random } = sweep.deps;
  const { signal } = sweep.run;
  const deliveries = new Map<string, Delivery>();
  let left = events;
  for (let attempt = 1; left.length > 0 && attempt <= maxTries; attempt += 1) {
    if (attempt > 1) await clock.sleep(random.next() * firstWaitMs * 2 ** attempt, signal);
    const results = await bus.publish(left, signal);
    const refused: TaskEvent[] = [];
    for (const [index, event] of left.entries()) {
      const delivery = results[index] ?? { accepted: false, reason: "the bus gave no result for this event" };
      deliveries.set(event.detail.id, delivery);
      if (!delivery.accepted) refused.push(event);
    }
    left = refused;
    if (isOutOfTime(sweep)) break;
  }
  return deliveries;
}
