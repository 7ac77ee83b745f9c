import pLimit from "p-limit";
import { ProviderError } from "../domain/errors.ts";
import type { Rows, Sighting } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isInFuture } from "../domain/stored-time.ts";
import { isTerminal, taskId } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { applyObservation, stateDigestOf } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { publishRecords } from "./outbox.ts";
import { recordAndCount } from "./record.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** Details read at a time. The connection's rate budget applies on top. */
const detailConcurrency = 4;

/**
 * Records the rows of a list or a batch, reads the details of ended tasks, and publishes the resulting events.
 * @returns false when some rows could not be recorded: unreadable, refused by the ledger, or out of time.
 */
export async function observeRows(
  rows: Rows,
  known: ReadonlyMap<string, TaskRecord>,
  sweep: TargetSweep,
): Promise<boolean> {
  reportUnreadable(rows, sweep);
  const news = rows.sightings.filter((sighting) => isNews(sighting, known.get(sighting.task.id)));
  // The usual case: nothing on the page has changed since the last sweep.
  if (news.length === 0) return rows.unreadable.length === 0;
  const limit = pLimit(detailConcurrency);
  const settled = await Promise.allSettled(
    news.map((sighting) => limit(() => observeOne(sighting, known.get(sighting.task.id), sweep))),
  );
  const observed = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  await publishRecords(
    observed.flatMap(({ written }) => written ?? []),
    sweep,
  );
  const failure = settled.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
  return rows.unreadable.length === 0 && observed.every(({ recorded }) => recorded);
}

/** True when something must be read or written for this sighting. */
function isNews({ task, needsDetail }: Sighting, record: TaskRecord | undefined): boolean {
  if (record === undefined) return true;
  if (record.tracking === "untracked" || isAnotherTask(record.task, task)) return false;
  if (record.task.status === "vanished") return true;
  if (isTerminal(record.task.status)) return false;
  return needsDetail || record.missing !== null || record.rowDigest !== stateDigestOf(task);
}

interface Observed {
  /** False: left for the next sweep. */
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
  const { task, detail } = await settle(sighting, known, sweep);
  if (task.status === "unknown") report.unknown += 1;
  const rowDigest = stateDigestOf(sighting.task);
  const nowMs = deps.clock.now();
  const { announceDiscovered } = deps.settings;
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined =>
    applyObservation(record, { task, rowDigest, detail, nowMs, announceDiscovered });
  return recordAndCount({ taskId: task.id, known, apply }, sweep);
}

/** The sighting's task, with its outcome and reason as far as the provider knows them by now. */
async function settle(
  { task, needsDetail }: Sighting,
  known: TaskRecord | undefined,
  { provider, deps, run, report }: TargetSweep,
): Promise<{ task: Task; detail: boolean }> {
  if (!needsDetail) return { task, detail: false };
  try {
    const detailed = await provider.get(task.nativeId, run.signal);
    if (detailed === undefined || isAnotherTask(task, detailed)) return { task, detail: false };
    return { task: withResource(detailed, task), detail: true };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    report.problems.push(errorToProblem(error, task.id));
    // The grace period begins when the row first says that the task has ended, not when the task last moved.
    const endedBefore = known?.task.nativeStatus === task.nativeStatus;
    const nowMs = deps.clock.now();
    const sinceMs = endedBefore ? known.lastMovedAtMs : nowMs;
    const isOver = nowMs - sinceMs >= deps.settings.reasonGraceMs || isInFuture(sinceMs, nowMs);
    if (isOver) return { task, detail: false };
    const statusReason = task.statusReason ?? "its detail cannot be read";
    return { task: { ...task, status: "unknown", statusReason, done: false, error: null }, detail: false };
  }
}

/** Keeps the row's resource where the detail leaves it out. */
function withResource(detailed: Task, row: Task): Task {
  return detailed.resource?.id ? detailed : { ...detailed, resource: row.resource ?? detailed.resource };
}

function reportUnreadable({ unreadable }: Rows, { provider, report }: TargetSweep): void {
  for (const { nativeId, reason } of unreadable) {
    const id = nativeId === null ? null : taskId(provider.target, nativeId);
    report.problems.push({ kind: "unreadable", code: null, message: reason, requestId: null, taskId: id });
  }
}
