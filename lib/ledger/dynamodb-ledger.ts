import { randomBytes } from "node:crypto";
import { BatchGetCommand, GetCommand, PutCommand, QueryCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { Clock } from "../domain/clock.ts";
import type { TargetList } from "../domain/known-targets.ts";
import { latestAttemptMs } from "../domain/postponement.ts";
import type { OpenTask, TargetState, TaskRecord } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import {
  TaskItem,
  itemToOpenTask,
  itemToTargetState,
  listIndex,
  openIndex,
  pendingIndex,
  recordToItem,
  targetItemId,
} from "./items.ts";
import type { Item } from "./items.ts";
import { RecordRefusedError } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { itemToTargetList, targetListId } from "./target-list-item.ts";

const batchGetLimit = 100;
/** The first wait before retrying unprocessed keys. */
const firstWaitMs = 50;
const longestWaitMs = 2000;
const cursorKeyId = "#cursor-key";

interface DynamoDbLedgerOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
  /** How many days an ended task is kept. Nothing relies on its removal. */
  readonly retentionDays: number;
}

/**
 * The ledger on DynamoDB. Uses no transactions, no streams, and no returned values of failed conditions.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
 */
export function createDynamoDbLedger(options: DynamoDbLedgerOptions): Ledger {
  return {
    readTasks: (ids, signal) => readTasks(options, ids, signal),
    writeTask: (record, expected, signal) =>
      putIf(options, recordToItem(record, options.retentionDays), expected, signal),
    openTasks: (target, afterId, signal) => openTasks(options, { target, afterId, signal }),
    tasksWithDueEvents: (target, nowMs, signal) => tasksWithDueEvents(options, { target, nowMs, signal }),
    listTasks: (target, after, limit, signal) => listTasks(options, { target, after, limit, signal }),
    readTarget: (target, signal) => readTarget(options, target, signal),
    readTargets: (targets, signal) => readTargets(options, targets, signal),
    writeTarget: (target, state, expected, signal) =>
      putIf(options, { id: targetItemId(target), ...state }, expected, signal),
    readTargetList: (signal) => readTargetList(options, signal),
    writeTargetList: (list, expected, signal) => putIf(options, { id: targetListId, ...list }, expected, signal),
    cursorKey: (signal) => cursorKey(options, signal),
  };
}

/** Resolves false if the stored item has another revision. */
export async function putIf(
  { client, tableName }: Pick<DynamoDbLedgerOptions, "client" | "tableName">,
  item: Item,
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
      throw new RecordRefusedError("DynamoDB rejected the record; an item can have at most 400 KB", { cause: error });
    }
    throw error;
  }
}

async function readTasks(
  options: DynamoDbLedgerOptions,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, TaskRecord>> {
  const records = new Map<string, TaskRecord>();
  for await (const item of readItems(options, { ids, consistent: true, signal })) {
    const { id, record } = TaskItem.parse(item);
    records.set(id, record);
  }
  return records;
}

interface WantedItems {
  readonly ids: readonly string[];
  readonly consistent: boolean;
  readonly signal: AbortSignal;
}

/** Reads the existing items among these ids, each once, in no particular order. */
async function* readItems(
  { client, tableName, clock }: DynamoDbLedgerOptions,
  { ids, consistent, signal }: WantedItems,
): AsyncGenerator<Item> {
  const left = [...new Set(ids)];
  let waitMs = firstWaitMs;
  while (left.length > 0) {
    const Keys = left.splice(0, batchGetLimit).map((id) => ({ id }));
    const command = new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: consistent } } });
    const answer = await client.send(command, { abortSignal: signal });
    yield* answer.Responses?.[tableName] ?? [];
    const refused = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (refused.length > 0) await clock.sleep(waitMs, signal);
    waitMs = refused.length > 0 ? Math.min(waitMs * 2, longestWaitMs) : firstWaitMs;
    left.push(...refused.map((key) => String(key["id"])));
  }
}

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

async function* tasksWithDueEvents(
  options: DynamoDbLedgerOptions,
  { target, nowMs, signal }: { target: Target; nowMs: number; signal: AbortSignal },
): AsyncGenerator<readonly string[]> {
  yield* pendingTasks(options, { target, times: { condition: "<= :time", time: nowMs }, signal });
  const latestMs = latestAttemptMs(nowMs);
  // The client refuses larger numbers. At that point, `nowMs` has already covered everything.
  if (!Number.isSafeInteger(latestMs)) return;
  yield* pendingTasks(options, { target, times: { condition: "> :time", time: latestMs }, signal });
}

interface PendingQuery {
  readonly target: Target;
  readonly times: { readonly condition: "<= :time" | "> :time"; readonly time: number };
  readonly signal: AbortSignal;
}

async function* pendingTasks(
  { client, tableName }: DynamoDbLedgerOptions,
  { target, times, signal }: PendingQuery,
): AsyncGenerator<readonly string[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      IndexName: pendingIndex,
      KeyConditionExpression: `pendingTarget = :target AND pendingAtMs ${times.condition}`,
      ExpressionAttributeValues: { ":target": targetKey(target), ":time": times.time },
    },
    { abortSignal: signal },
  );
  for await (const page of pages) yield (page.Items ?? []).map((item) => String(item["id"]));
}

async function listTasks(
  { client, tableName }: DynamoDbLedgerOptions,
  { target, after, limit, signal }: { target: Target; after: string | null; limit: number; signal: AbortSignal },
): ReturnType<Ledger["listTasks"]> {
  const command = new QueryCommand({
    TableName: tableName,
    IndexName: listIndex,
    ScanIndexForward: false,
    KeyConditionExpression: `listTarget = :target${after === null ? "" : " AND listKey < :after"}`,
    ExpressionAttributeValues: { ":target": targetKey(target), ...(after === null ? {} : { ":after": after }) },
    Limit: limit,
  });
  const { Items = [], LastEvaluatedKey } = await client.send(command, { abortSignal: signal });
  const rows = Items.map((item) => TaskItem.parse(item));
  return {
    rows: rows.map(({ record, listKey: position }) => ({ record, position: position ?? "" })),
    more: LastEvaluatedKey !== undefined,
  };
}

async function readTarget(
  { client, tableName }: DynamoDbLedgerOptions,
  target: Target,
  signal: AbortSignal,
): Promise<TargetState | undefined> {
  const command = new GetCommand({ TableName: tableName, Key: { id: targetItemId(target) }, ConsistentRead: true });
  const { Item } = await client.send(command, { abortSignal: signal });
  return Item === undefined ? undefined : itemToTargetState(Item);
}

async function readTargets(
  options: DynamoDbLedgerOptions,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<Map<string, TargetState>> {
  const keys = new Map(targets.map((target) => [targetItemId(target), targetKey(target)]));
  const states = new Map<string, TargetState>();
  for await (const item of readItems(options, { ids: [...keys.keys()], consistent: false, signal })) {
    const key = keys.get(String(item["id"]));
    if (key !== undefined) states.set(key, itemToTargetState(item));
  }
  return states;
}

async function readTargetList(
  { client, tableName }: DynamoDbLedgerOptions,
  signal: AbortSignal,
): Promise<TargetList | undefined> {
  const command = new GetCommand({ TableName: tableName, Key: { id: targetListId }, ConsistentRead: true });
  const { Item } = await client.send(command, { abortSignal: signal });
  return Item === undefined ? undefined : itemToTargetList(Item);
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
