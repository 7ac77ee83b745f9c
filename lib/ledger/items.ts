import * as z from "zod/mini";
import type { RateReservation } from "../domain/rate.ts";
import type { OpenTask, TargetState, TaskRecord } from "../domain/record.ts";
import { parseTaskId, targetKey, taskStatuses } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { isFollowed } from "../domain/transition.ts";

/** The items of the ledger's table. The table and its indexes are defined in the template. */

export const listIndex = "tasks-by-target";
export const openIndex = "open-tasks-by-target";
export const pendingIndex = "pending-events-by-target";

export type Item = Readonly<Record<string, unknown>>;

/** Only the ledger writes these items, so of the record only its age is checked. */
export const TaskItem = z.looseObject({
  id: z.string(),
  listKey: z.optional(z.string()),
  record: z.pipe(
    z.string(),
    z.pipe(
      z.transform((text: string): unknown => withLaterFields(JSON.parse(text))),
      z.custom<TaskRecord>(),
    ),
  ),
});

const StoredTask = z.looseObject({ createdAt: z.nullable(z.string()), statusReason: z.exactOptional(z.unknown()) });

const StoredRecord = z.looseObject({
  task: StoredTask,
  revision: z.number(),
  firstSeenAtMs: z.number(),
  timeline: z.optional(z.array(z.unknown())),
  pending: z.optional(
    z.array(
      z.looseObject({ event: z.looseObject({ detail: z.looseObject({ data: z.looseObject({ task: StoredTask }) }) }) }),
    ),
  ),
});
type StoredRecord = z.infer<typeof StoredRecord>;

/** Fills in what records lack that were written before these fields existed. */
function withLaterFields(value: unknown): unknown {
  const record = StoredRecord.parse(value);
  // Return the value itself: the parsed copy has its members in another order, and records are compared as JSON.
  return isCurrent(record) ? value : withStatusReasons(withTimeline(record));
}

function isCurrent({ task, timeline }: StoredRecord): boolean {
  return timeline !== undefined && "statusReason" in task;
}

function withTimeline(record: StoredRecord): StoredRecord {
  if (record.timeline !== undefined) return record;
  const listedAt = record.task.createdAt ?? new Date(record.firstSeenAtMs).toISOString();
  return { ...record, listedAt, timeline: [] };
}

/** The events that wait to be sent contain the task as well. */
function withStatusReasons(record: StoredRecord): StoredRecord {
  const task = { statusReason: null, ...record.task };
  const pending = record.pending?.map((entry) => {
    const { event } = entry;
    const { data } = event.detail;
    const told = { ...data, task: { statusReason: null, ...data.task } };
    return { ...entry, event: { ...event, detail: { ...event.detail, data: told } } };
  });
  return { ...record, task, ...(pending && { pending }) };
}

/** @param retentionDays how many days an ended task is kept */
export function recordToItem(record: TaskRecord, retentionDays: number): Item {
  const { task, pending, tracking } = record;
  const target = targetKey(task);
  const open = isFollowed(record);
  const firstDue = Math.min(...pending.map((event) => event.nextAttemptAtMs));
  const listed = tracking !== "untracked";
  const expires = !open && pending.length === 0;
  return {
    id: task.id,
    revision: record.revision,
    record: JSON.stringify(record),
    ...(listed ? { listTarget: target, listKey: listKey(record) } : {}),
    ...(open ? { openTarget: target, ...openAttributes(record) } : {}),
    ...(pending.length > 0 ? { pendingTarget: target, pendingAtMs: firstDue } : {}),
    ...(expires ? { expiresAt: expiryEpochSeconds(record, retentionDays) } : {}),
  };
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

function expiryEpochSeconds({ lastMovedAtMs }: TaskRecord, retentionDays: number): number {
  return Math.ceil(lastMovedAtMs / 1000) + retentionDays * 24 * 60 * 60;
}

const OpenItem = z.object({
  id: z.string(),
  status: z.enum(taskStatuses),
  revision: z.number(),
  rowDigest: z.string(),
  lastMovedAtMs: z.number(),
  detailRead: z.boolean(),
  stalledAtMs: z.nullable(z.number()),
  missing: z.boolean(),
});

export function itemToOpenTask(item: unknown): OpenTask {
  const open = OpenItem.parse(item);
  return { ...open, nativeId: parseTaskId(open.id)?.nativeId ?? "" };
}

export function targetItemId(target: Pick<Target, "connection" | "region">): string {
  return `#target#${targetKey(target)}`;
}

const TargetItem = z.object({
  revision: z.number(),
  checkpointMs: z.nullable(z.number()),
  resumeAfterId: z.nullable(z.string()),
  lastSweptAtMs: z.nullable(z.number()),
  lastSweepMs: z._default(z.nullable(z.number()), null),
  lastAnsweredAtMs: z._default(z.nullable(z.number()), null),
  lastError: z.nullable(z.string()),
  clockSkewMs: z._default(z.nullable(z.number()), null),
  overlapMs: z._default(z.nullable(z.number()), null),
  openListedAtMs: z._default(z.nullable(z.number()), null),
  lease: z.optional(z.object({ holder: z.string(), untilMs: z.number() })),
});

export function itemToTargetState(item: unknown): TargetState {
  return TargetItem.parse(item);
}

export function rateItemId(id: string): string {
  return `#rate#${id}`;
}

const RateItem = z.object({ revision: z.number(), tatMs: z.number() });

export function itemToRate(item: unknown): RateReservation {
  return RateItem.parse(item);
}
