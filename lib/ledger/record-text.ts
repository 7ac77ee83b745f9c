import * as z from "zod/mini";
import { wasShown } from "../domain/awaited-task.ts";
import type { PendingEvent, TaskRecord } from "../domain/record.ts";
import type { Task } from "../domain/task.ts";
import { StoredRecordShape, isTooDeep } from "./record-schema.ts";
import { UnreadableError, latestFormat, parseAs, requireKnownFormat } from "./unreadable-item.ts";

/**
 * How a record is written to its item. A pending event usually contains the record's own task, and that task is written
 * only once. Everything is read back byte for byte, because a second copy of an event must equal the first.
 */

/** `Held` is `null` in place of the record's own task. */
type StoredEvent<Held> = Omit<PendingEvent, "event"> & {
  readonly event: Omit<PendingEvent["event"], "detail"> & {
    readonly detail: Omit<PendingEvent["event"]["detail"], "data"> & {
      readonly data: Omit<PendingEvent["event"]["detail"]["data"], "task"> & { readonly task: Held };
    };
  };
};
type StoredRecord = Omit<TaskRecord, "pending"> & { readonly pending: readonly StoredEvent<Task | null>[] };

/**
 * A record with a pending event that omits the record's own task. The record is nested one level deeper. An earlier
 * version of the code would send the event without its task; with the nesting, it fails to read the item instead.
 */
const Compact = z.object({ format: z.literal(latestFormat), record: z.custom<StoredRecord>() });

export function recordToText(record: TaskRecord): string {
  const text = JSON.stringify(record.task);
  const isSame = ({ event }: PendingEvent) => JSON.stringify(event.detail.data.task) === text;
  if (!record.pending.some(isSame)) return JSON.stringify(record);
  const pending = record.pending.map((entry) => (isSame(entry) ? withTask(entry, null) : entry));
  const compact: z.infer<typeof Compact> = { format: latestFormat, record: { ...record, pending } };
  return JSON.stringify(compact);
}

/** @throws UnreadableError */
export function textToRecord(text: string): TaskRecord {
  const value = parse(text);
  requireKnownFormat(value, "the record");
  const compact = Compact.safeParse(value);
  // Use the original value: a parsed copy has its members in another order, and records are compared as JSON.
  const record = compact.success ? compact.data.record : Trusted.parse(value);
  parseAs(StoredRecordShape, record, "the record");
  if (isTooDeep(record)) throw new UnreadableError("broken", "the record is nested too deeply");
  return withLaterMembers(restore(record));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableError("broken", "the record is not JSON");
  }
}

function restore(record: StoredRecord): EarlierRecord {
  const pending = record.pending.map((entry) => withTask(entry, entry.event.detail.data.task ?? record.task));
  return { ...record, pending };
}

/** Spreading keeps the order of the members. */
function withTask<Held>(entry: StoredEvent<Task | null>, task: Held): StoredEvent<Held> {
  const { event } = entry;
  return { ...entry, event: { ...event, detail: { ...event.detail, data: { ...event.detail.data, task } } } };
}

type LaterTaskMembers = "statusReason" | "missingSince" | "truncated";
type LaterMembers = "listedAt" | "timeline" | "renewedAtMs";
type EarlierRecord = Omit<TaskRecord, "task" | LaterMembers> &
  Partial<Pick<TaskRecord, LaterMembers>> & {
    readonly task: Omit<Task, LaterTaskMembers> & Partial<Pick<Task, LaterTaskMembers>>;
  };
/** `StoredRecordShape` checks it. */
const Trusted = z.custom<StoredRecord>();

/** Adds the members that a record written by an earlier version lacks. Its events are unchanged. */
function withLaterMembers(record: EarlierRecord): TaskRecord {
  const { task, firstSeenAtMs } = record;
  return {
    ...record,
    task: {
      ...task,
      statusReason: task.statusReason ?? null,
      missingSince: task.missingSince === undefined ? missingSinceOf(record) : task.missingSince,
      truncated: task.truncated ?? [],
    },
    listedAt: record.listedAt ?? task.createdAt ?? new Date(firstSeenAtMs).toISOString(),
    timeline: record.timeline ?? [],
    renewedAtMs: record.renewedAtMs ?? null,
  };
}

function missingSinceOf(record: EarlierRecord): string | null {
  const { missing } = record;
  if (missing === null || missing.count === 0 || !wasShown(record)) return null;
  return new Date(missing.sinceMs).toISOString();
}
