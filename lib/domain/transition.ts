import { createHash } from "node:crypto";
import { awaitDetail, withDetailReason } from "./awaited-detail.ts";
import { neverShown, noRowDigest, notShownYet, wasShown } from "./awaited-task.ts";
import type { Delivery } from "./events.ts";
import { transitionToEvent } from "./events.ts";
import type { EventKind, TaskEvent } from "./events.ts";
import { hasMoved, mergeKnown } from "./merge-known.ts";
import { postpone } from "./postponement.ts";
import type { PendingEvent, TaskRecord } from "./record.ts";
import { isAnotherTask } from "./same-task.ts";
import { isInFuture, notInFuture } from "./stored-time.ts";
import { isTerminal } from "./task.ts";
import type { Task } from "./task.ts";
import { extendTimeline } from "./timeline.ts";

/**
 * Applies an observation to a task's record. Pure: record in, record out. The new record contains the event of the
 * change, so that one conditional write stores both. `undefined` means that there is nothing to write.
 */

export interface Observation {
  readonly task: Task;
  /** The `stateDigestOf` the task as shown in the list. `noRowDigest` if the cloud does not show the task. */
  readonly rowDigest: string;
  /** True when `task` is the provider's full detail, not just a list row. */
  readonly detail: boolean;
  /**
   * Present if the task needs a detail that showed nothing new: the reason, or `null` if the detail was not requested.
   */
  readonly unread?: { readonly problem: string | null } | undefined;
  readonly nowMs: number;
  readonly announceDiscovered: boolean;
}

export function applyObservation(record: TaskRecord | undefined, observation: Observation): TaskRecord | undefined {
  if (record === undefined) return createRecord(observation);
  if (record.tracking === "untracked" || isAnotherTask(record.task, observation.task)) return undefined;
  if (record.task.status === "vanished") return reappear(record, observation);
  if (isTerminal(record.task.status)) return undefined;
  const task = mergeKnown(record.task, observation.task);
  return isTerminal(task.status) ? end(record, task, observation) : stayOpen(record, task, observation);
}

export interface VanishRule {
  readonly minSweeps: number;
  readonly minMs: number;
  /** Replaces `minMs` for a task that was tracked before its cloud shows it. */
  readonly neverShownMs: number;
  /** How long the sweep keeps asking for a vanished task. The task may return without appearing in a list. */
  readonly watchMs: number;
}

/** True if one more miss would make the task vanish, so the caller should first request this task alone. */
export function isLastMiss(record: TaskRecord, rule: VanishRule, nowMs: number): boolean {
  const { task, missing } = record;
  if (isTerminal(task.status)) return false;
  const minMs = wasShown(record) ? rule.minMs : rule.neverShownMs;
  return missing !== null && missing.count + 1 >= rule.minSweeps && nowMs - missing.sinceMs >= minMs;
}

/**
 * Applies a miss: the provider was asked for the task by id and did not return it.
 * @param cause what the provider said instead about a task that it has never shown, or `null`
 */
export function applyMiss(
  record: TaskRecord,
  rule: VanishRule,
  nowMs: number,
  cause: string | null = null,
): TaskRecord | undefined {
  if (record.tracking === "untracked") return undefined;
  if (record.task.status === "vanished") return stopWatching(record, rule, nowMs);
  if (isTerminal(record.task.status)) return undefined;
  if (isLastMiss(record, rule, nowMs)) return vanish(record, nowMs, cause);
  const count = Math.min((record.missing?.count ?? 0) + 1, rule.minSweeps);
  const sinceMs = notInFuture(record.missing?.sinceMs ?? nowMs, nowMs);
  const statusReason = wasShown(record) ? record.task.statusReason : notShownYet(cause);
  const sameMiss = count === record.missing?.count && sinceMs === record.missing.sinceMs;
  if (sameMiss && statusReason === record.task.statusReason) return undefined;
  const missingSince = wasShown(record) ? new Date(sinceMs).toISOString() : null;
  const task = { ...record.task, statusReason, missingSince };
  return { ...record, task, revision: record.revision + 1, missing: { count, sinceMs } };
}

function stopWatching(record: TaskRecord, { watchMs }: VanishRule, nowMs: number): TaskRecord | undefined {
  if (record.missing === null) return undefined;
  // Count from when the task vanished, or from a later request to track it.
  const watchedSinceMs = Math.max(record.lastMovedAtMs, record.missing.sinceMs);
  if (isInFuture(watchedSinceMs, nowMs)) {
    const missing = { ...record.missing, sinceMs: nowMs };
    return { ...record, revision: record.revision + 1, lastMovedAtMs: Math.min(record.lastMovedAtMs, nowMs), missing };
  }
  if (nowMs - watchedSinceMs < watchMs) return undefined;
  return { ...record, revision: record.revision + 1, missing: null };
}

/** True if the sweep asks for the task: it is open, or it vanished and may still return. */
export function isFollowed({ task, tracking, missing }: TaskRecord): boolean {
  if (tracking === "untracked") return false;
  return !isTerminal(task.status) || (task.status === "vanished" && missing !== null);
}

/** Applies the bus's results, by event id, to the record's pending events. */
export function applyDeliveries(
  record: TaskRecord,
  deliveries: ReadonlyMap<string, Delivery>,
  nowMs: number,
): TaskRecord | undefined {
  const offered = record.pending.filter(({ event }) => deliveries.has(event.detail.id));
  if (offered.length === 0) return undefined;
  const pending: PendingEvent[] = [];
  for (const entry of record.pending) {
    const delivery = deliveries.get(entry.event.detail.id);
    if (delivery === undefined) pending.push(entry);
    else if (!delivery.accepted) pending.push(postpone(entry, delivery.reason, nowMs));
  }
  return { ...record, revision: record.revision + 1, pending };
}

export function createRecord({ task, rowDigest, detail, unread, nowMs, announceDiscovered }: Observation): TaskRecord {
  const awaitedDetail = unread && !isTerminal(task.status) ? awaitDetail(undefined, unread.problem, nowMs) : undefined;
  const record: TaskRecord = {
    task: awaitedDetail ? withDetailReason(task, awaitedDetail) : task,
    revision: 1,
    generation: 1,
    firstSeenAtMs: nowMs,
    listedAt: task.createdAt ?? new Date(nowMs).toISOString(),
    timeline: extendTimeline(undefined, task, nowMs),
    lastMovedAtMs: nowMs,
    rowDigest,
    detailRead: detail,
    awaitedDetail,
    stalledAtMs: null,
    missing: rowDigest === noRowDigest ? { count: 0, sinceMs: nowMs } : null,
    tracking: "discovered",
    renewedAtMs: null,
    pending: [],
  };
  if (isTerminal(task.status)) return withEvent(record, { kind: "completed", record: undefined, nowMs });
  return announceDiscovered ? withEvent(record, { kind: "discovered", record: undefined, nowMs }) : record;
}

/** A vanished task has returned. It starts a new generation, so its completion gets a new event id. */
function reappear(record: TaskRecord, observation: Observation): TaskRecord {
  const fresh = createRecord(observation);
  const reappeared: TaskRecord = {
    ...fresh,
    revision: record.revision + 1,
    generation: record.generation + 1,
    firstSeenAtMs: record.firstSeenAtMs,
    listedAt: record.listedAt,
    timeline: extendTimeline(record, observation.task, observation.nowMs),
    tracking: record.tracking,
    pending: record.pending,
    task: { ...fresh.task, labels: record.task.labels },
  };
  return isTerminal(observation.task.status)
    ? withEvent(reappeared, { kind: "completed", record, nowMs: observation.nowMs })
    : reappeared;
}

function end(record: TaskRecord, task: Task, { rowDigest, detail, nowMs }: Observation): TaskRecord {
  const ended: TaskRecord = {
    ...record,
    task: task.finishedAt === null ? { ...task, finishedAt: task.observedAt, finishedAtObserved: true } : task,
    revision: record.revision + 1,
    timeline: extendTimeline(record, task, nowMs),
    lastMovedAtMs: nowMs,
    rowDigest,
    detailRead: record.detailRead || detail,
    awaitedDetail: undefined,
    stalledAtMs: null,
    missing: null,
  };
  return withEvent(ended, { kind: "completed", record, nowMs });
}

function stayOpen(record: TaskRecord, seen: Task, observation: Observation): TaskRecord | undefined {
  const moved = hasMoved(record.task, seen);
  const awaitedDetail = stillAwaited(record, observation, moved);
  const task = observation.unread && awaitedDetail ? withDetailReason(seen, awaitedDetail) : seen;
  const changed = stateOf(task) !== stateOf(record.task);
  const firstDetail = observation.detail && !record.detailRead;
  const sameRow = record.rowDigest === observation.rowDigest;
  const sameWait = awaitedDetail === record.awaitedDetail;
  if (!changed && !firstDetail && sameRow && sameWait && record.missing === null) return undefined;
  return {
    ...record,
    task: changed ? task : { ...record.task, missingSince: null },
    revision: record.revision + 1,
    timeline: extendTimeline(record, task, observation.nowMs),
    lastMovedAtMs: moved || firstDetail ? observation.nowMs : record.lastMovedAtMs,
    rowDigest: observation.rowDigest,
    detailRead: record.detailRead || observation.detail,
    awaitedDetail,
    stalledAtMs: moved ? null : record.stalledAtMs,
    missing: null,
  };
}

function stillAwaited(
  record: TaskRecord,
  { detail, unread, nowMs }: Observation,
  moved: boolean,
): TaskRecord["awaitedDetail"] {
  const before = moved || (detail && !unread) ? undefined : record.awaitedDetail;
  return unread ? awaitDetail(before, unread.problem, nowMs) : before;
}

function vanish(record: TaskRecord, nowMs: number, cause: string | null): TaskRecord {
  const task: Task = {
    ...record.task,
    status: "vanished",
    statusReason: wasShown(record) ? null : neverShown(cause),
    done: true,
    error: null,
    cancelable: false,
    observedAt: new Date(nowMs).toISOString(),
  };
  const gone: TaskRecord = {
    ...record,
    task,
    revision: record.revision + 1,
    timeline: extendTimeline(record, task, nowMs),
    lastMovedAtMs: nowMs,
    awaitedDetail: undefined,
    stalledAtMs: null,
  };
  return withEvent(gone, { kind: "vanished", record, nowMs });
}

interface RecordedChange {
  readonly kind: EventKind;
  /** The previous record, for its status. */
  readonly record: TaskRecord | undefined;
  readonly occurrence?: string;
  readonly nowMs: number;
}

export function withEvent(next: TaskRecord, { kind, record, occurrence = "", nowMs }: RecordedChange): TaskRecord {
  const event: TaskEvent = transitionToEvent({
    kind,
    task: next.task,
    previousStatus: record?.task.status ?? null,
    sequence: next.revision,
    generation: next.generation,
    occurrence,
    atMs: nowMs,
  });
  const entry: PendingEvent = { event, attempts: 0, nextAttemptAtMs: nowMs, lastProblem: null };
  return { ...next, pending: [...next.pending, entry] };
}

/** Digest of a task's state as reported by the provider, without observation time and request id. */
export function stateDigestOf(task: Task): string {
  return createHash("sha1").update(stateOf(task)).digest("base64url");
}

/**
 * Lists the values in a fixed order, because member order may differ between responses. A reason is included only if
 * present: digests from before reasons existed must still match.
 */
function stateOf({ progress, resource, nativeTimes, ...task }: Task): string {
  return JSON.stringify([
    [task.id, task.provider, task.action, task.nativeAction, task.status, task.nativeStatus, task.done, task.partial],
    [progress.percent, progress.succeeded, progress.failed, progress.total],
    resource && [resource.type, resource.id, resource.name],
    [task.error?.code, task.error?.message, task.cancelable],
    task.operations.map(({ status, nativeStatus, error, warning, related }) => [
      [status, nativeStatus, error?.code, error?.message, warning?.code, warning?.message],
      Object.entries(related).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]),
    [task.createdAt, task.finishedAt, task.finishedAtObserved],
    [nativeTimes.createdAt, nativeTimes.finishedAt, nativeTimes.zoneAssumed],
    ...(task.statusReason === null ? [] : [task.statusReason]),
  ]);
}
