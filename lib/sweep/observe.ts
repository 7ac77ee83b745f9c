import pLimit from "p-limit";
import { detailProblem, isDetailDue } from "../domain/awaited-detail.ts";
import { chunksOf } from "../domain/chunks.ts";
import type { Rows, Sighting } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isInFuture } from "../domain/stored-time.ts";
import { isTerminal } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { applyUntrackRequest } from "../domain/track-request.ts";
import { applyObservation, stateDigestOf } from "../domain/transition.ts";
import type { Observation } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { detailConcurrency, left } from "./detail-reader.ts";
import { publishRecords } from "./outbox.ts";
import { readRecords } from "./read-records.ts";
import { recordAndCount } from "./record.ts";
import { renewListed } from "./renew-listed.ts";
import { createSample } from "./sample.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { isForeign, recordUnreadable } from "./unreadable.ts";

const recordsPerRead = 100;
/** How many records are written before their events are published together. */
const recordsPerPublish = 10;

/**
 * Records the rows of a list or batch and publishes the resulting events. Complete rows come first. Then the details of
 * ended tasks are read, within the sweep's detail budget. The remaining tasks are recorded as open.
 * @returns false if some rows with an id could not be recorded: refused by the ledger, or out of time
 */
export async function observeRows(
  rows: Rows,
  known: ReadonlyMap<string, TaskRecord>,
  sweep: TargetSweep,
): Promise<boolean> {
  const unreadableRecorded = await recordUnreadable(rows.unreadable, sweep);
  await renewListed(known, sweep);
  for (const { task } of rows.sightings) {
    const record = known.get(task.id);
    if (record !== undefined) sweep.details.count(record);
  }
  const news = rows.sightings.filter((sighting) => isNews(sighting, known.get(sighting.task.id), sweep));
  // The usual case: nothing on the page has changed since the last sweep.
  if (news.length === 0) return unreadableRecorded;
  const complete = news.filter(({ needsDetail }) => !needsDetail);
  // In a fixed order, details that hang would delay the same tasks in every sweep.
  const ended = createSample<Sighting>(Infinity, sweep.deps.random);
  for (const sighting of news) {
    if (!sighting.needsDetail) continue;
    const again = failedBefore(sighting, known.get(sighting.task.id));
    (again ? sweep.details.postponed : ended).add(sighting);
  }
  const recorded = [await observeAll(complete, known, sweep), await observeAll(ended.kept, known, sweep)];
  return unreadableRecorded && recorded.every(Boolean);
}

/** True if the record already has everything in the row, and an earlier sweep could not read the detail. */
function failedBefore({ task }: Sighting, record: TaskRecord | undefined): boolean {
  if (record === undefined || record.missing !== null || record.rowDigest !== stateDigestOf(task)) return false;
  return record.awaitedDetail !== undefined && record.awaitedDetail.failures > 0;
}

/** Retries the details that earlier sweeps could not read, after all other rows. */
export async function observePostponed(sweep: TargetSweep): Promise<void> {
  for (const sightings of chunksOf(sweep.details.postponed.kept, recordsPerRead)) {
    const ids = sightings.map(({ task }) => task.id);
    const { records, skipped } = await readRecords(ids, sweep);
    const recordable = sightings.filter(({ task }) => !skipped.has(task.id));
    await observeAll(recordable, records, sweep);
  }
}

/** @returns false if some rows could not be recorded. Waits for all of them, even if one fails. */
async function observeAll(
  sightings: readonly Sighting[],
  known: ReadonlyMap<string, TaskRecord>,
  sweep: TargetSweep,
): Promise<boolean> {
  const limit = pLimit(detailConcurrency);
  const unpublished: TaskRecord[] = [];
  const observeAndPublish = async (sighting: Sighting): Promise<boolean> => {
    const { recorded, written } = await observeOne(sighting, known.get(sighting.task.id), sweep);
    if (written) unpublished.push(written);
    if (unpublished.length >= recordsPerPublish) await publishRecords(unpublished.splice(0), sweep);
    return recorded;
  };
  const settled = await Promise.allSettled(sightings.map((sighting) => limit(() => observeAndPublish(sighting))));
  await publishRecords(unpublished, sweep);
  const failure = settled.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
  return settled.every((result) => result.status === "fulfilled" && result.value);
}

/** True if this sighting requires a read or a write. */
function isNews(sighting: Sighting, record: TaskRecord | undefined, sweep: TargetSweep): boolean {
  if (record === undefined) return true;
  if (record.tracking === "untracked" || isAnotherTask(record.task, sighting.task)) return false;
  if (record.task.status === "vanished") return true;
  if (isTerminal(record.task.status)) return false;
  const { task, needsDetail } = sighting;
  if (record.missing !== null || record.rowDigest !== stateDigestOf(task)) return true;
  return needsDetail && isDue(sighting, record, sweep);
}

/** True if the detail of this ended task should be read now. */
function isDue(sighting: Sighting, record: TaskRecord | undefined, sweep: TargetSweep): boolean {
  if (record === undefined || record.rowDigest !== stateDigestOf(sighting.task)) return true;
  return isDetailDue(record.awaitedDetail, sweep.deps.clock.now()) || hasWaitedForReason(sighting, record, sweep);
}

/** True if a failed task completes even if its reason cannot be read. */
function hasWaitedForReason({ task }: Sighting, record: TaskRecord | undefined, { deps }: TargetSweep): boolean {
  if (record === undefined || !isTerminal(task.status)) return false;
  // The grace period starts when the row first shows that the task has ended, not when the task last moved.
  if (record.task.nativeStatus !== task.nativeStatus) return false;
  const nowMs = deps.clock.now();
  return nowMs - record.lastMovedAtMs >= deps.settings.reasonGraceMs || isInFuture(record.lastMovedAtMs, nowMs);
}

interface Observed {
  /** False if left for the next sweep. */
  readonly recorded: boolean;
  readonly written?: TaskRecord | undefined;
}

async function observeOne(sighting: Sighting, known: TaskRecord | undefined, sweep: TargetSweep): Promise<Observed> {
  if (isOutOfTime(sweep)) {
    sweep.report.finished = false;
    return { recorded: false };
  }
  try {
    return { recorded: true, written: await observe(sighting, known, sweep) };
  } catch (error) {
    if (!(error instanceof RecordRefusedError)) throw error;
    sweep.report.problems.push(errorToProblem(error, sighting.task.id));
    return { recorded: false };
  }
}

async function observe(
  sighting: Sighting,
  known: TaskRecord | undefined,
  sweep: TargetSweep,
): Promise<TaskRecord | undefined> {
  const { deps, report } = sweep;
  const settled = await settle(sighting, known, sweep);
  if (settled.task.status === "unknown") report.unknown += 1;
  const rowDigest = stateDigestOf(sighting.task);
  const nowMs = deps.clock.now();
  const { announceDiscovered } = deps.settings;
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined =>
    record && isForeign(record, settled.task, sweep)
      ? applyUntrackRequest(record)
      : applyObservation(record, { ...settled, rowDigest, nowMs, announceDiscovered });
  return recordAndCount({ taskId: settled.task.id, known, apply }, sweep);
}

/** The sighting's task, with its outcome and reason as far as the provider knows them. */
async function settle(
  sighting: Sighting,
  known: TaskRecord | undefined,
  sweep: TargetSweep,
): Promise<Pick<Observation, "task" | "detail" | "unread">> {
  const { task, needsDetail } = sighting;
  if (!needsDetail) return { task, detail: false };
  const reading = isDue(sighting, known, sweep) ? await sweep.details.read(task, known, task) : left;
  if (reading.kind === "read") {
    const found = reading.task !== undefined && !isAnotherTask(task, reading.task) ? reading.task : undefined;
    const detailed = found === undefined ? task : withResource(found, task);
    // The outcome may become known later, so the detail is retried like an unreadable one.
    const unread = detailed.status === "unknown" ? { problem: detailed.statusReason ?? noOutcome } : undefined;
    return { task: detailed, detail: found !== undefined, unread };
  }
  const cannotBeRead = reading.kind === "failed" || sweep.details.isDown();
  if (cannotBeRead && hasWaitedForReason(sighting, known, sweep)) return { task, detail: false };
  const problem = reading.kind === "failed" ? detailProblem(reading.error) : null;
  return { task: { ...task, status: "unknown", done: false, error: null }, detail: false, unread: { problem } };
}

const noOutcome = "the detail does not say how the task ended";

/** Keeps the row's resource if the detail omits it. */
function withResource(detailed: Task, row: Task): Task {
  return detailed.resource?.id ? detailed : { ...detailed, resource: row.resource ?? detailed.resource };
}
