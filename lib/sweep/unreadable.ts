import { bareTask } from "../domain/awaited-task.ts";
import type { Provider, UnreadableRow } from "../domain/provider.ts";
import type { TaskRecord } from "../domain/record.ts";
import { notInFuture } from "../domain/stored-time.ts";
import { taskId } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import { applyObservation, stateDigestOf } from "../domain/transition.ts";
import { RecordRefusedError } from "../ledger/ledger.ts";
import { publishRecords } from "./outbox.ts";
import { readRecords } from "./read-records.ts";
import { recordAndCount } from "./record.ts";
import { renewListed } from "./renew-listed.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** How long rows without an id hold the checkpoint: long enough for a temporary fault to end. */
const maxHoldMs = 60 * 60_000;

interface NamedRow extends UnreadableRow {
  readonly nativeId: string;
}

function isNamed(row: UnreadableRow, { provider }: Pick<TargetSweep, "provider">): row is NamedRow {
  return row.nativeId !== null && provider.nativeIdProblem(row.nativeId) === undefined;
}

/** The task ids of the rows with a readable id. */
export function namedIds(rows: readonly UnreadableRow[], sweep: Pick<TargetSweep, "provider">): readonly string[] {
  return rows.filter((row) => isNamed(row, sweep)).map(({ nativeId }) => taskId(sweep.provider.target, nativeId));
}

/**
 * Records every unreadable row that has an id as a task of unknown status. The task is then followed like any other,
 * and its row no longer holds the checkpoint.
 * @returns false if such a row could not be recorded
 */
export async function recordUnreadable(rows: readonly UnreadableRow[], sweep: TargetSweep): Promise<boolean> {
  sweep.report.unreadable += rows.length;
  const named = rows.filter((row) => isNamed(row, sweep));
  if (named.length === 0) return true;
  const { records: known, skipped } = await readRecords(namedIds(named, sweep), sweep);
  await renewListed(known, sweep);
  let complete = true;
  for (const row of named) {
    if (skipped.has(taskId(sweep.provider.target, row.nativeId))) continue;
    if (!(await recordRow(row, known, sweep))) complete = false;
  }
  return complete;
}

async function recordRow(
  row: NamedRow,
  records: ReadonlyMap<string, TaskRecord>,
  sweep: TargetSweep,
): Promise<boolean> {
  const { deps, report } = sweep;
  const nowMs = deps.clock.now();
  const bare = taskOfRow(row, sweep.provider, nowMs);
  const rowDigest = stateDigestOf(bare);
  const known = records.get(bare.id);
  if (known?.rowDigest === rowDigest && known.missing === null) return true;
  if (isOutOfTime(sweep)) {
    report.finished = false;
    return false;
  }
  const { announceDiscovered } = deps.settings;
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    const task = record === undefined ? bare : withoutState(record.task, bare);
    return applyObservation(record, { task, rowDigest, detail: false, nowMs, announceDiscovered });
  };
  try {
    const written = await recordAndCount({ taskId: bare.id, known, apply }, sweep);
    if (written === undefined) return true;
    report.unknown += 1;
    report.problems.push(problemOf(row, bare.id));
    await publishRecords([written], sweep);
    return true;
  } catch (error) {
    if (!(error instanceof RecordRefusedError)) throw error;
    report.problems.push(errorToProblem(error, bare.id));
    return false;
  }
}

/**
 * Everything that such a row says about a task. Its digest is the same in every sweep, so an unchanged row is written
 * only once.
 */
function taskOfRow({ nativeId, reason }: NamedRow, provider: Provider, nowMs: number): Task {
  return { ...bareTask(provider, nativeId, nowMs), statusReason: `the provider's row cannot be read: ${reason}` };
}

/** True if a task recorded from an unreadable row proves to be one that the sweep does not look for. */
export function isForeign({ task, tracking }: TaskRecord, seen: Task, { provider }: TargetSweep): boolean {
  if (tracking !== "discovered" || task.nativeAction !== "") return false;
  return task.statusReason !== null && provider.discovers?.(seen) === false;
}

/** What is known about a task, without the state that is no longer readable. */
function withoutState(known: Task, bare: Task): Task {
  const { status, statusReason, missingSince, done, partial, error, observedAt, requestId } = bare;
  return { ...known, status, statusReason, missingSince, done, partial, error, observedAt, requestId };
}

/**
 * Whether a list's unreadable rows hold the checkpoint. Rows without an id do, because they cannot be recorded, but
 * only for an hour. After that, they are only counted. Otherwise, every later sweep would list everything since then
 * and announce expired tasks again.
 */
export function holdsCheckpoint(rows: readonly UnreadableRow[], sweep: TargetSweep): boolean {
  const { deps, report } = sweep;
  const nameless = rows.filter((row) => !isNamed(row, sweep));
  if (nameless.length === 0) return false;
  const nowMs = deps.clock.now();
  report.nameless += nameless.length;
  report.namelessSinceMs = notInFuture(report.namelessSinceMs ?? nowMs, nowMs);
  if (nowMs - report.namelessSinceMs >= maxHoldMs) return false;
  for (const row of nameless) report.problems.push(problemOf(row, null));
  return true;
}

function problemOf({ reason }: UnreadableRow, id: string | null) {
  return { kind: "unreadable", code: null, message: reason, requestId: null, taskId: id } as const;
}
