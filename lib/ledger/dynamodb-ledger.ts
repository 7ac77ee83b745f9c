import { BatchGetCommand, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../domain/clock.ts";
import type { TargetState, TaskRecord } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { readCursorKey } from "./dynamodb-cursor-key.ts";
import { countReplaced, listTasks, openTasks, tasksWithDueEvents } from "./dynamodb-queries.ts";
import { isIndexed, itemToRecord, itemToTargetState, recordToItem, targetItemId } from "./items.ts";
import { UnreadableItemError } from "./ledger.ts";
import type { Expected, Ledger, TargetReading, TaskReading } from "./ledger.ts";
import { putIf } from "./put-if.ts";
import type { Table } from "./put-if.ts";
import { copyOf } from "./replaced-item.ts";
import { itemToTargetList, targetListId } from "./target-list-item.ts";
import { readItem } from "./unreadable-item.ts";
import type { Item, StoredUnreadable, UnreadableItem } from "./unreadable-item.ts";

const batchGetLimit = 100;
/** The first wait before retrying unprocessed keys. */
const firstWaitMs = 50;
const longestWaitMs = 2000;

interface DynamoDbLedgerOptions extends Table {
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
    writeTask: (record, expected, signal) => writeTask(options, record, expected, signal),
    openTasks: (target, afterId, signal) => openTasks(options, { target, afterId, signal }),
    tasksWithDueEvents: (target, nowMs, signal) => tasksWithDueEvents(options, { target, nowMs, signal }),
    listTasks: (target, after, limit, signal) => listTasks(options, { target, after, limit, signal }),
    readTarget: (target, signal) => readOne(options, targetItemId(target), itemToTargetState, signal),
    readTargets: (targets, signal) => readTargets(options, targets, signal),
    writeTarget: (target, state, expected, signal) =>
      replaceIf(options, { id: targetItemId(target), ...state }, expected, signal),
    readTargetList: (signal) => readOne(options, targetListId, itemToTargetList, signal),
    writeTargetList: (list, expected, signal) => replaceIf(options, { id: targetListId, ...list }, expected, signal),
    countReplaced: (target, signal) => countReplaced(options, target, signal),
    cursorKey: (signal) => readCursorKey(options, signal),
  };
}

async function writeTask(
  options: DynamoDbLedgerOptions,
  record: TaskRecord,
  expected: Expected,
  signal: AbortSignal,
): Promise<boolean> {
  return replaceIf(options, recordToItem(record, options.retentionDays), expected, signal);
}

/** `putIf` that keeps a copy of an unreadable item. A copy whose original then proves changed does no harm. */
async function replaceIf(
  options: DynamoDbLedgerOptions,
  item: Item,
  expected: Expected,
  signal: AbortSignal,
): Promise<boolean> {
  if (typeof expected !== "object" || expected === null) return putIf(options, item, expected, signal);
  const { clock, retentionDays } = options;
  await putIf(options, copyOf(expected, { nowMs: clock.now(), retentionDays }), null, signal);
  return putIf(options, item, expected, signal);
}

async function readTasks(
  options: DynamoDbLedgerOptions,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<TaskReading> {
  const records = new Map<string, TaskRecord>();
  const unreadable: StoredUnreadable[] = [];
  const misindexed = new Set<string>();
  for await (const item of readItems(options, { ids, consistent: true, signal })) {
    const reading = readItem(item, (one) => itemToRecord({ revision: null, ...one }));
    if ("unreadable" in reading) {
      unreadable.push(reading.unreadable);
      continue;
    }
    const { task } = reading.value;
    records.set(task.id, reading.value);
    if (!isIndexed(item, reading.value)) misindexed.add(task.id);
  }
  return { records, unreadable, misindexed };
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

/** Strongly consistent. */
async function readOne<Value>(
  { client, tableName }: Table,
  id: string,
  read: (item: Item) => Value,
  signal: AbortSignal,
): Promise<Value | undefined> {
  const command = new GetCommand({ TableName: tableName, Key: { id }, ConsistentRead: true });
  const { Item: item } = await client.send(command, { abortSignal: signal });
  if (item === undefined) return undefined;
  const reading = readItem(item, read);
  if ("unreadable" in reading) throw new UnreadableItemError(reading.unreadable);
  return reading.value;
}

async function readTargets(
  options: DynamoDbLedgerOptions,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<TargetReading> {
  const keys = new Map(targets.map((target) => [targetItemId(target), targetKey(target)]));
  const states = new Map<string, TargetState>();
  const unreadable = new Map<string, UnreadableItem>();
  for await (const item of readItems(options, { ids: [...keys.keys()], consistent: false, signal })) {
    const key = keys.get(String(item["id"]));
    if (key === undefined) continue;
    const reading = readItem(item, itemToTargetState);
    if ("value" in reading) states.set(key, reading.value);
    else unreadable.set(key, reading.unreadable);
  }
  return { states, unreadable };
}
