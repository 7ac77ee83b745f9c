import { QueryCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { latestAttemptMs } from "../domain/postponement.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import { itemToOpenTask, itemToRecord, listIndex, openIndex, pendingIndex } from "./items.ts";
import type { OpenTaskPage, TaskListPage } from "./ledger.ts";
import type { Table } from "./put-if.ts";
import { replacedItemsKey } from "./replaced-item.ts";
import { UnreadableError, readItem } from "./unreadable-item.ts";
import type { Item, UnreadableItem } from "./unreadable-item.ts";

/** The queries of the ledger's indexes. All are eventually consistent. */

export async function* openTasks(
  { client, tableName }: Table,
  { target, afterId, signal }: { target: Target; afterId: string | null; signal: AbortSignal },
): AsyncGenerator<OpenTaskPage> {
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
  for await (const { Items = [] } of pages) {
    const { values, unreadable } = readAll(Items, (item) => itemToOpenTask(item, target));
    yield { tasks: values, unreadable, lastId: textOrNull(Items.at(-1)?.["id"]) };
  }
}

export async function* tasksWithDueEvents(
  table: Table,
  { target, nowMs, signal }: { target: Target; nowMs: number; signal: AbortSignal },
): AsyncGenerator<readonly string[]> {
  yield* pendingTasks(table, { target, times: { condition: "<= :time", time: nowMs }, signal });
  const latestMs = latestAttemptMs(nowMs);
  // The client refuses larger numbers. At that point, `nowMs` has already covered everything.
  if (!Number.isSafeInteger(latestMs)) return;
  yield* pendingTasks(table, { target, times: { condition: "> :time", time: latestMs }, signal });
}

interface PendingQuery {
  readonly target: Target;
  readonly times: { readonly condition: "<= :time" | "> :time"; readonly time: number };
  readonly signal: AbortSignal;
}

async function* pendingTasks(
  { client, tableName }: Table,
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

export async function listTasks(
  { client, tableName }: Table,
  { target, after, limit, signal }: { target: Target; after: string | null; limit: number; signal: AbortSignal },
): Promise<TaskListPage> {
  const command = new QueryCommand({
    TableName: tableName,
    IndexName: listIndex,
    ScanIndexForward: false,
    KeyConditionExpression: `listTarget = :target${after === null ? "" : " AND listKey < :after"}`,
    ExpressionAttributeValues: { ":target": targetKey(target), ...(after === null ? {} : { ":after": after }) },
    Limit: limit,
  });
  const { Items = [], LastEvaluatedKey } = await client.send(command, { abortSignal: signal });
  const { values, unreadable } = readAll(Items, (item) => {
    const record = itemToRecord(item);
    if (targetKey(record.task) !== targetKey(target))
      throw new UnreadableError("broken", "it is in the list of another target");
    return { record, position: textOrNull(item["listKey"]) ?? "" };
  });
  const lastPosition = textOrNull(Items.at(-1)?.["listKey"]);
  return { rows: values, unreadable, lastPosition, more: LastEvaluatedKey !== undefined };
}

function readAll<Value>(items: readonly Item[], read: (item: Item) => Value) {
  const values: Value[] = [];
  const unreadable: UnreadableItem[] = [];
  for (const item of items) {
    const reading = readItem(item, read);
    if ("value" in reading) values.push(reading.value);
    else unreadable.push(reading.unreadable);
  }
  return { values, unreadable };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export async function countReplaced(
  { client, tableName }: Table,
  target: Target,
  signal: AbortSignal,
): Promise<number> {
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      IndexName: listIndex,
      KeyConditionExpression: "listTarget = :target",
      ExpressionAttributeValues: { ":target": replacedItemsKey(target) },
      Select: "COUNT",
    },
    { abortSignal: signal },
  );
  let count = 0;
  for await (const page of pages) count += page.Count ?? 0;
  return count;
}
