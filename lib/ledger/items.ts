import * as z from "zod/mini";
import type { RateReservation } from "../domain/rate.ts";
import type { OpenTask, TargetState, TaskRecord } from "../domain/record.ts";
import { parseTaskId, targetKey, taskStatuses } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { isFollowed } from "../domain/transition.ts";
import { recordToText, textToRecord } from "./record-text.ts";

/** The items of the ledger's table. The table and its indexes are defined in the template. */

export const listIndex = "tasks-by-target";
export const openIndex = "open-tasks-by-target";
export const pendingIndex = "pending-events-by-target";

export type Item = Readonly<Record<string, unknown>>;

export const TaskItem = z.looseObject({
  id: z.string(),
  listKey: z.optional(z.string()),
  record: z.pipe(
    z.string(),
    z.transform((text: string) => textToRecord(text)),
  ),
});

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
    record: recordToText(record),
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

function expiryEpochSeconds({ lastMovedAtMs, renewedAtMs }: TaskRecord, retentionDays: number): number {
  return Math.ceil(Math.max(lastMovedAtMs, renewedAtMs ?? 0) / 1000) + retentionDays * 24 * 60 * 60;
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
  namelessSinceMs: z._default(z.nullable(z.number()), null),
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
