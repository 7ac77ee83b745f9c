import * as z from "zod/mini";
import type { RateReservation } from "../domain/rate.ts";
import type { OpenTask, TargetState, TaskRecord } from "../domain/record.ts";
import { parseTaskId, targetKey, taskId, taskStatuses } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { isFollowed } from "../domain/transition.ts";
import { Instant } from "./record-schema.ts";
import { recordToText, textToRecord } from "./record-text.ts";
import { UnreadableError, parseAs, requireKnownFormat } from "./unreadable-item.ts";
import type { Item } from "./unreadable-item.ts";

/** The items of the ledger's table. The table and its indexes are defined in the template. */

export const listIndex = "tasks-by-target";
export const openIndex = "open-tasks-by-target";
export const pendingIndex = "pending-events-by-target";

/**
 * The record in a task's item, whole or as an index shows it.
 * @throws UnreadableError
 */
export function itemToRecord(item: Item): TaskRecord {
  requireKnownFormat(item, "the item");
  const { id, revision, record: text } = item;
  if (typeof text !== "string") throw new UnreadableError("broken", "the item has no record");
  const record = textToRecord(text);
  const { task } = record;
  if (task.id !== id || task.id !== taskId(task, task.nativeId)) {
    throw new UnreadableError("broken", "the record is that of another task");
  }
  // Writes are conditional on the item's revision, so nothing could be written with another one.
  if (revision !== undefined && revision !== record.revision) {
    throw new UnreadableError("broken", "the revision is not the record's", record);
  }
  return record;
}

/** False if an index shows the task's item wrongly or not at all, for example after somebody edited it. */
export function isIndexed(item: Item, record: TaskRecord): boolean {
  const wanted: Item = indexAttributes(record);
  return indexNames.every((name) => item[name] === wanted[name]);
}

/** @param retentionDays how many days an ended task is kept */
export function recordToItem(record: TaskRecord, retentionDays: number): Item {
  const { task, pending, tracking } = record;
  const expires = !isFollowed(record) && pending.length === 0;
  return {
    id: task.id,
    revision: record.revision,
    record: recordToText(record),
    ...(tracking === "untracked" ? {} : { listKey: listKey(record) }),
    ...indexAttributes(record),
    ...(expires ? { expiresAt: expiryEpochSeconds(record, retentionDays) } : {}),
  };
}

function indexAttributes(record: TaskRecord): Item {
  const { task, pending, tracking } = record;
  const target = targetKey(task);
  const firstDue = Math.min(...pending.map((event) => event.nextAttemptAtMs));
  return {
    ...(tracking === "untracked" ? {} : { listTarget: target }),
    ...(isFollowed(record) ? { openTarget: target, ...openAttributes(record) } : {}),
    ...(pending.length > 0 ? { pendingTarget: target, pendingAtMs: firstDue } : {}),
  };
}

const indexNames = [
  "listTarget",
  "openTarget",
  "status",
  "rowDigest",
  "lastMovedAtMs",
  "detailRead",
  "stalledAtMs",
  "missing",
  "pendingTarget",
  "pendingAtMs",
];

export function recordToOpenTask(record: TaskRecord): OpenTask {
  const { task, revision } = record;
  return { id: task.id, nativeId: task.nativeId, revision, ...openAttributes(record) };
}

function openAttributes(record: TaskRecord): Omit<OpenTask, "id" | "nativeId" | "revision"> {
  return {
    status: record.task.status,
    rowDigest: record.rowDigest,
    lastMovedAtMs: record.lastMovedAtMs,
    detailRead: record.detailRead,
    stalledAtMs: record.stalledAtMs,
    missing: record.missing !== null,
  };
}

function listKey({ task, listedAt }: TaskRecord): string {
  return `${listedAt}#${task.id}`;
}

function expiryEpochSeconds({ lastMovedAtMs, renewedAtMs }: TaskRecord, retentionDays: number): number {
  return Math.ceil(Math.max(lastMovedAtMs, renewedAtMs ?? 0) / 1000) + retentionDays * 24 * 60 * 60;
}

const OpenItem = z.object({
  id: z.string(),
  status: z.enum(taskStatuses),
  revision: z.int(),
  rowDigest: z.string(),
  lastMovedAtMs: Instant,
  detailRead: z.boolean(),
  stalledAtMs: z.nullable(Instant),
  missing: z.boolean(),
});

/** @throws UnreadableError for an item that does not belong into this target's index of open tasks */
export function itemToOpenTask(item: Item, target: Pick<Target, "connection" | "region">): OpenTask {
  const open = parseAs(OpenItem, item, "the item");
  const parts = parseTaskId(open.id);
  if (parts === undefined || targetKey(parts) !== targetKey(target)) {
    throw new UnreadableError("broken", "the item is that of another target");
  }
  return { ...open, nativeId: parts.nativeId };
}

export function targetItemId(target: Pick<Target, "connection" | "region">): string {
  return `#target#${targetKey(target)}`;
}

const Time = z._default(z.nullable(Instant), null);

const TargetItem = z.object({
  revision: z.int(),
  checkpointMs: z.nullable(Instant),
  resumeAfterId: z.nullable(z.string()),
  lastSweptAtMs: z.nullable(Instant),
  lastSweepMs: Time,
  lastAnsweredAtMs: Time,
  lastError: z.nullable(z.string()),
  namelessSinceMs: Time,
  clockSkewMs: Time,
  overlapMs: Time,
  openListedAtMs: Time,
  unreadableItems: z._default(z.int(), 0),
  lease: z.optional(z.object({ holder: z.string(), untilMs: z.number() })),
});

/** @throws UnreadableError */
export function itemToTargetState(item: Item): TargetState {
  requireKnownFormat(item, "the item");
  return parseAs(TargetItem, item, "the item");
}

export function rateItemId(id: string): string {
  return `#rate#${id}`;
}

const RateItem = z.object({ revision: z.int(), tatMs: z.number() });

/** @throws UnreadableError */
export function itemToRate(item: Item): RateReservation {
  return parseAs(RateItem, item, "the item");
}
