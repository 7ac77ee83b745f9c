import { randomBytes } from "node:crypto";
import { BatchGetCommand, GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { Clock } from "./clock.ts";
import { RecordRefusedError } from "./ledger.ts";
import type { Ledger, OpenTask, TargetState, TaskRecord } from "./ledger.ts";
import { isTerminal, parseTaskId, targetKey, taskStatuses } from "./task.ts";
import type { Target } from "./task.ts";

export const listIndex = "tasks-by-target";
export const openIndex = "open-tasks-by-target";
export const pendingIndex = "pending-events-by-target";

const batchGetLimit = 100;
const cursorKeyId = "#cursor-key";

export interface DynamoDbLedgerOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
  /** How long an ended task is kept, in days. Tidiness only: nothing relies on its removal. */
  readonly retentionDays: number;
}

/**
 * The ledger on DynamoDB. Needs no transactions, no streams and no returned values of failed conditions.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
 */
export function createDynamoDbLedger(options: DynamoDbLedgerOptions): Ledger {
  return {
    readTasks: (ids, signal) => readTasks(options, ids, signal),
    writeTask: (record, expected, signal) => putIf(options, recordToItem(record, options), expected, signal),
    openTasks: (target, afterId, signal) => openTasks(options, { target, afterId, signal }),
    tasksWithDueEvents: (target, nowMs, signal) => tasksWithDueEvents(options, { target, nowMs, signal }),
    listTasks: (target, after, limit, signal) => listTasks(options, { target, after, limit, signal }),
    readTarget: (target, signal) => readTarget(options, target, signal),
    writeTarget: (target, state, expected, signal) =>
      putIf(options, { id: targetItemId(target), ...state }, expected, signal),
    cursorKey: (signal) => cursorKey(options, signal),
  };
}

/** Items are written by this file alone, so reading checks only that one is there and of this shape's age. */
const TaskItem = z.looseObject({
  id: z.string(),
  listKey: z.optional(z.string()),
  record: z.pipe(
    z.string(),
    z.pipe(
      z.transform((text: string): unknown => JSON.parse(text)),
      z.custom<TaskRecord>(isRecord),
    ),
  ),
});

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && "task" in value && "revision" in value;
}

function recordToItem(record: TaskRecord, { retentionDays }: DynamoDbLedgerOptions): Record<string, unknown> {
  const { task, pending, tracking } = record;
  const target = targetKey(task);
  const open = !isTerminal(task.status) && tracking !== "untracked";
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

/** Sorts by creation, the first sight standing in until the provider tells it. */
function listKey({ task, firstSeenAtMs }: TaskRecord): string {
  return `${task.createdAt ?? new Date(firstSeenAtMs).toISOString()}#${task.id}`;
}

function expiryEpochSeconds({ lastMovedAtMs }: TaskRecord, retentionDays: number): number {
  return Math.ceil(lastMovedAtMs / 1000) + retentionDays * 24 * 60 * 60;
}

async function putIf(
  { client, tableName }: DynamoDbLedgerOptions,
  item: Record<string, unknown>,
  expectedRevision: number | null,
  signal: AbortSignal,
): Promise<boolean> {
  const condition =
    expectedRevision === null
      ? { ConditionExpression: "attribute_not_exists(id)" }
      : { ConditionExpression: "revision = :expected", ExpressionAttributeValues: { ":expected": expectedRevision } };
  try {
    await client.send(new PutCommand({ TableName: tableName, Item: item, ...condition }), { abortSignal: signal });
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === "ConditionalCheckFailedException") return false;
    if (error.name === "ValidationException") {
      throw new RecordRefusedError("DynamoDB refuses the record; an item has at most 400 KB", { cause: error });
    }
    throw error;
  }
}

async function readTasks(
  { client, tableName, clock }: DynamoDbLedgerOptions,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, TaskRecord>> {
  const records = new Map<string, TaskRecord>();
  const left = [...new Set(ids)];
  for (let waitMs = 50; left.length > 0; waitMs = Math.min(waitMs * 2, 2000)) {
    const Keys = left.splice(0, batchGetLimit).map((id) => ({ id }));
    const command = new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } });
    const answer = await client.send(command, { abortSignal: signal });
    for (const item of answer.Responses?.[tableName] ?? []) {
      const { id, record } = TaskItem.parse(item);
      records.set(id, record);
    }
    const refused = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (refused.length > 0) await clock.sleep(waitMs, signal);
    else waitMs = 50;
    left.push(...refused.map((key) => String(key["id"])));
  }
  return records;
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

async function* openTasks(
  { client, tableName }: DynamoDbLedgerOptions,
  { target, afterId, signal }: { target: Target; afterId: string | null; signal: AbortSignal },
): AsyncGenerator<readonly OpenTask[]> {
  const after = afterId === null ? "" : " AND id > :after";
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      IndexName: openIndex,
      KeyConditionExpression: `openTarget = :target${after}`,
      ExpressionAttributeValues: { ":target": targetKey(target), ...(afterId === null ? {} : { ":after": afterId }) },
    },
    { abortSignal: signal },
  );
  for await (const page of pages) yield (page.Items ?? []).map(itemToOpenTask);
}

function itemToOpenTask(item: unknown): OpenTask {
  const open = OpenItem.parse(item);
  return { ...open, nativeId: parseTaskId(open.id)?.nativeId ?? "" };
}

async function* tasksWithDueEvents(
  { client, tableName }: DynamoDbLedgerOptions,
  { target, nowMs, signal }: { target: Target; nowMs: number; signal: AbortSignal },
): AsyncGenerator<readonly string[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      IndexName: pendingIndex,
      KeyConditionExpression: "pendingTarget = :target AND pendingAtMs <= :now",
      ExpressionAttributeValues: { ":target": targetKey(target), ":now": nowMs },
    },
    { abortSignal: signal },
  );
  for await (const page of pages) yield (page.Items ?? []).map((item) => String(item["id"]));
}

async function listTasks(
  { client, tableName }: DynamoDbLedgerOptions,
  { target, after, limit, signal }: { target: Target; after: string | null; limit: number; signal: AbortSignal },
): ReturnType<Ledger["listTasks"]> {
  const pages = paginateQuery(
    { client, pageSize: limit },
    {
      TableName: tableName,
      IndexName: listIndex,
      ScanIndexForward: false,
      KeyConditionExpression: `listTarget = :target${after === null ? "" : " AND listKey < :after"}`,
      ExpressionAttributeValues: { ":target": targetKey(target), ...(after === null ? {} : { ":after": after }) },
    },
    { abortSignal: signal },
  );
  for await (const page of pages) {
    const rows = (page.Items ?? []).map((item) => TaskItem.parse(item));
    return {
      rows: rows.map(({ record, listKey: position }) => ({ record, position: position ?? "" })),
      more: page.LastEvaluatedKey !== undefined,
    };
  }
  return { rows: [], more: false };
}

function targetItemId(target: Target): string {
  return `#target#${targetKey(target)}`;
}

const TargetItem = z.object({
  revision: z.number(),
  checkpointMs: z.nullable(z.number()),
  resumeAfterId: z.nullable(z.string()),
  lastSweptAtMs: z.nullable(z.number()),
  lastError: z.nullable(z.string()),
});

async function readTarget(
  { client, tableName }: DynamoDbLedgerOptions,
  target: Target,
  signal: AbortSignal,
): Promise<TargetState | undefined> {
  const command = new GetCommand({ TableName: tableName, Key: { id: targetItemId(target) }, ConsistentRead: true });
  const { Item } = await client.send(command, { abortSignal: signal });
  return Item === undefined ? undefined : TargetItem.parse(Item);
}

const CursorKeyItem = z.object({ key: z.string() });

async function cursorKey(options: DynamoDbLedgerOptions, signal: AbortSignal): Promise<Buffer> {
  const { client, tableName } = options;
  const fresh = { id: cursorKeyId, revision: 1, key: randomBytes(32).toString("base64") };
  const read = new GetCommand({ TableName: tableName, Key: { id: cursorKeyId }, ConsistentRead: true });
  const { Item: existing } = await client.send(read, { abortSignal: signal });
  if (existing === undefined && (await putIf(options, fresh, null, signal))) return Buffer.from(fresh.key, "base64");
  const { Item } = existing === undefined ? await client.send(read, { abortSignal: signal }) : { Item: existing };
  return Buffer.from(CursorKeyItem.parse(Item).key, "base64");
}
