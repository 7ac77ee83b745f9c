import { createHash } from "node:crypto";
import type { Delivery } from "./events.ts";
import { transitionToEvent } from "./events.ts";
import type { EventKind, TaskEvent } from "./events.ts";
import { hasMoved, mergeKnown } from "./merge-known.ts";
import type { OpenTask, PendingEvent, TaskRecord } from "./record.ts";
import { isTerminal } from "./task.ts";
import type { Task } from "./task.ts";
import { extendTimeline } from "./timeline.ts";

/**
 * What an observation changes in a task's record. Pure: record in, record out, with the event of the change inside,
 * so that one conditional write records both. `undefined` means that there is nothing to write.
 */

export interface Sight {
  readonly task: Task;
  /** `stateDigestOf` the task as the list showed it. */
  readonly rowDigest: string;
  /** True when `task` is the provider's detail and not only a row of a list. */
  readonly detail: boolean;
  readonly nowMs: number;
  readonly announceDiscovered: boolean;
}

export function applySight(record: TaskRecord | undefined, sight: Sight): TaskRecord | undefined {
  if (record === undefined) return firstSight(sight);
  if (record.tracking === "untracked") return undefined;
  if (record.task.status === "vanished") return reappear(record, sight);
  if (isTerminal(record.task.status)) return undefined;
  const task = mergeKnown(record.task, sight.task);
  return isTerminal(task.status) ? end(record, task, sight) : stayOpen(record, task, sight);
}

/** Somebody asked for a task to be followed. `undefined`: it already is, and not given up. */
export function applyTrackRequest(record: TaskRecord | undefined, sight: Sight): TaskRecord | undefined {
  if (record === undefined) return { ...firstSight(sight), tracking: "requested" };
  if (record.tracking === "requested" && !isGivenUp(record)) return undefined;
  if (record.tracking !== "untracked") return adopt(record, sight);
  const task = { ...record.task, labels: sight.task.labels };
  const tracked: TaskRecord = { ...record, task, tracking: "requested", missing: null };
  if (sight.task.status === "vanished") return { ...tracked, ...watch(sight), revision: record.revision + 1 };
  // What came to pass while nobody followed the task is recorded now: its ending, or its return.
  return applySight(tracked, sight) ?? { ...tracked, revision: record.revision + 1 };
}

/** Whoever asks for a task that is gone wants to hear of its return. */
function watch({ nowMs }: Sight): Pick<TaskRecord, "missing"> {
  return { missing: { count: 0, sinceMs: nowMs } };
}

/** A vanished task that the sweep asks for no longer. */
export function isGivenUp({ task, missing }: Pick<TaskRecord, "task" | "missing">): boolean {
  return task.status === "vanished" && missing === null;
}

/** The task was recorded before somebody asked; what they call it is added. */
function adopt(record: TaskRecord, sight: Sight): TaskRecord {
  const task = { ...record.task, labels: { ...record.task.labels, ...sight.task.labels } };
  const watched = task.status === "vanished" ? watch(sight) : {};
  return { ...record, ...watched, task, revision: record.revision + 1, tracking: "requested" };
}

export function applyUntrackRequest(record: TaskRecord): TaskRecord {
  return { ...record, revision: record.revision + 1, tracking: "untracked" };
}

export interface VanishRule {
  readonly minSweeps: number;
  readonly minMs: number;
  /** For how long a vanished task is still asked for: its return begins another life, and no list may show it. */
  readonly watchMs: number;
}

/** True when one more miss would make the task vanish, so that it is worth asking for it by itself first. */
export function isLastMiss({ task, missing }: TaskRecord, rule: VanishRule, nowMs: number): boolean {
  if (isTerminal(task.status)) return false;
  return missing !== null && missing.count + 1 >= rule.minSweeps && nowMs - missing.sinceMs >= rule.minMs;
}

/** The provider was asked for an open task by its id and did not return it. */
export function applyMiss(record: TaskRecord, rule: VanishRule, nowMs: number): TaskRecord | undefined {
  if (record.tracking === "untracked") return undefined;
  if (record.task.status === "vanished") return stopWatching(record, rule, nowMs);
  if (isTerminal(record.task.status)) return undefined;
  if (isLastMiss(record, rule, nowMs)) return vanish(record, nowMs);
  const count = Math.min((record.missing?.count ?? 0) + 1, rule.minSweeps);
  if (count === record.missing?.count) return undefined;
  const missing = { count, sinceMs: record.missing?.sinceMs ?? nowMs };
  return { ...record, revision: record.revision + 1, missing };
}

function stopWatching(record: TaskRecord, { watchMs }: VanishRule, nowMs: number): TaskRecord | undefined {
  if (record.missing === null) return undefined;
  // Since it vanished, or since somebody asked for it after that.
  if (nowMs - Math.max(record.lastMovedAtMs, record.missing.sinceMs) < watchMs) return undefined;
  return { ...record, revision: record.revision + 1, missing: null };
}

/** A task that the sweep asks for: an open one, or a vanished one that may still come back. */
export function isFollowed({ task, tracking, missing }: TaskRecord): boolean {
  if (tracking === "untracked") return false;
  return !isTerminal(task.status) || (task.status === "vanished" && missing !== null);
}

/** True when nothing has been seen to move for the threshold, or for as long again after it was last found stalled. */
export function isStill(
  { lastMovedAtMs, stalledAtMs }: Pick<OpenTask, "lastMovedAtMs" | "stalledAtMs">,
  stallAfterMs: number,
  nowMs: number,
): boolean {
  return nowMs - Math.max(lastMovedAtMs, stalledAtMs ?? lastMovedAtMs) >= stallAfterMs;
}

/** The open task was looked at and has not moved. Told once for each standstill, however often it is found again. */
export function applyStall(record: TaskRecord, stallAfterMs: number, nowMs: number): TaskRecord | undefined {
  if (isTerminal(record.task.status) || record.tracking === "untracked") return undefined;
  if (!isStill(record, stallAfterMs, nowMs)) return undefined;
  const next = { ...record, revision: record.revision + 1, stalledAtMs: nowMs };
  if (record.stalledAtMs !== null) return next;
  return withEvent(next, { kind: "stalled", record, occurrence: String(record.lastMovedAtMs), nowMs });
}

/** What the bus said of the record's pending events, by event id. */
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

/** Doubles from one minute to one hour. */
function postpone(entry: PendingEvent, reason: string, nowMs: number): PendingEvent {
  const waitMs = Math.min(60_000 * 2 ** entry.attempts, 3_600_000);
  return { ...entry, attempts: entry.attempts + 1, nextAttemptAtMs: nowMs + waitMs, lastProblem: reason };
}

function firstSight({ task, rowDigest, detail, nowMs, announceDiscovered }: Sight): TaskRecord {
  const record: TaskRecord = {
    task,
    revision: 1,
    generation: 1,
    firstSeenAtMs: nowMs,
    listedAt: task.createdAt ?? new Date(nowMs).toISOString(),
    timeline: extendTimeline(undefined, task, nowMs),
    lastMovedAtMs: nowMs,
    rowDigest,
    detailRead: detail,
    stalledAtMs: null,
    missing: null,
    tracking: "discovered",
    pending: [],
  };
  if (isTerminal(task.status)) return withEvent(record, { kind: "completed", record: undefined, nowMs });
  return announceDiscovered ? withEvent(record, { kind: "discovered", record: undefined, nowMs }) : record;
}

/** A task that vanished and came back: its next ending is another completion, with another id. */
function reappear(record: TaskRecord, sight: Sight): TaskRecord {
  const reappeared: TaskRecord = {
    ...firstSight(sight),
    revision: record.revision + 1,
    generation: record.generation + 1,
    firstSeenAtMs: record.firstSeenAtMs,
    listedAt: record.listedAt,
    timeline: extendTimeline(record, sight.task, sight.nowMs),
    tracking: record.tracking,
    pending: record.pending,
    task: { ...sight.task, labels: record.task.labels },
  };
  return isTerminal(sight.task.status)
    ? withEvent(reappeared, { kind: "completed", record, nowMs: sight.nowMs })
    : reappeared;
}

function end(record: TaskRecord, task: Task, { rowDigest, detail, nowMs }: Sight): TaskRecord {
  const ended: TaskRecord = {
    ...record,
    task: task.finishedAt === null ? { ...task, ...observedFinish(nowMs) } : task,
    revision: record.revision + 1,
    timeline: extendTimeline(record, task, nowMs),
    lastMovedAtMs: nowMs,
    rowDigest,
    detailRead: record.detailRead || detail,
    stalledAtMs: null,
    missing: null,
  };
  return withEvent(ended, { kind: "completed", record, nowMs });
}

function observedFinish(nowMs: number): Pick<Task, "finishedAt" | "finishedAtObserved"> {
  return { finishedAt: new Date(nowMs).toISOString(), finishedAtObserved: true };
}

function stayOpen(record: TaskRecord, task: Task, sight: Sight): TaskRecord | undefined {
  const changed = stateOf(task) !== stateOf(record.task);
  const moved = hasMoved(record.task, task);
  const firstDetail = sight.detail && !record.detailRead;
  const sameRow = record.rowDigest === sight.rowDigest;
  if (!changed && !firstDetail && sameRow && record.missing === null) return undefined;
  return {
    ...record,
    task: changed ? task : record.task,
    revision: record.revision + 1,
    timeline: extendTimeline(record, task, sight.nowMs),
    lastMovedAtMs: moved || firstDetail ? sight.nowMs : record.lastMovedAtMs,
    rowDigest: sight.rowDigest,
    detailRead: record.detailRead || sight.detail,
    stalledAtMs: moved ? null : record.stalledAtMs,
    missing: null,
  };
}

function vanish(record: TaskRecord, nowMs: number): TaskRecord {
  const task: Task = {
    ...record.task,
    status: "vanished",
    done: true,
    error: null,
    observedAt: new Date(nowMs).toISOString(),
  };
  const gone: TaskRecord = {
    ...record,
    task,
    revision: record.revision + 1,
    timeline: extendTimeline(record, task, nowMs),
    lastMovedAtMs: nowMs,
    stalledAtMs: null,
  };
  return withEvent(gone, { kind: "vanished", record, nowMs });
}

interface RecordedChange {
  readonly kind: EventKind;
  /** The record before, for its status. */
  readonly record: TaskRecord | undefined;
  readonly occurrence?: string;
  readonly nowMs: number;
}

function withEvent(next: TaskRecord, { kind, record, occurrence = "", nowMs }: RecordedChange): TaskRecord {
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

/** Digest of what the provider says of a task, leaving out when and in which request it said so. */
export function stateDigestOf(task: Task): string {
  return createHash("sha1").update(stateOf(task)).digest("base64url");
}

/** By values in one order, since two answers of an adapter may name the members of a task in different ones. */
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
  ]);
}
