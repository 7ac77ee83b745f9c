import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { createDynamoDbLedger } from "../../../lib/ledger/dynamodb-ledger.ts";
import { listIndex, openIndex, pendingIndex } from "../../../lib/ledger/items.ts";
import { RecordRefusedError } from "../../../lib/ledger/ledger.ts";
import {
  collect,
  collectOpen,
  describeLedgerContract,
  pendingEvent,
  record,
  write,
} from "../../fakes/ledger-contract.ts";
import { editable, startLedgerTables } from "../../fakes/ledger-table.ts";
import type { LedgerTable, LedgerTables } from "../../fakes/ledger-table.ts";
import { bodyOf, listenHttp } from "../../fakes/loopback-server.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { readingOf } from "../../fakes/task-reading.ts";
import { describeUnreadableItems } from "../../fakes/unreadable-items-contract.ts";

const signal = new AbortController().signal;
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const clock = createManualClock(0, { autoAdvance: true });
const day = 24 * 60 * 60;

let tables: LedgerTables;
beforeAll(async () => {
  tables = await startLedgerTables();
});
afterAll(() => tables.stop());

async function itemOf({ client, tableName }: LedgerTable, nativeId: string) {
  const key = { id: `aliyun:cn-hangzhou:${nativeId}` };
  return (await client.send(new GetCommand({ TableName: tableName, Key: key }))).Item ?? {};
}

async function idsInIndex({ client, tableName }: LedgerTable, IndexName: string): Promise<unknown[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, IndexName }));
  return Items.map((item) => item["id"]).toSorted();
}

describeLedgerContract("createDynamoDbLedger()", async () => (await tables.create()).ledger(clock));
describeUnreadableItems("createDynamoDbLedger()", async () => editable(await tables.create(), clock));

describe("createDynamoDbLedger()", () => {
  test("keeps a task in an index only while it belongs there", async () => {
    const table = await tables.create();
    const ledger = table.ledger(clock);
    const ended = sampleTask({ nativeId: "ended", status: "succeeded" });
    await write(
      ledger,
      record("open"),
      record("ended", { status: "succeeded" }),
      record("ended-untold", { status: "succeeded" }, { pending: [pendingEvent(ended, 7)] }),
      record("untracked", {}, { tracking: "untracked" }),
    );
    await ledger.cursorKey(signal);
    await ledger.writeTarget(target, { ...sampleTargetState, revision: 1 }, null, signal);
    const id = (nativeId: string) => `aliyun:cn-hangzhou:${nativeId}`;
    expect(await idsInIndex(table, openIndex)).toEqual([id("open")]);
    expect(await idsInIndex(table, pendingIndex)).toEqual([id("ended-untold")]);
    expect(await idsInIndex(table, listIndex)).toEqual([id("ended"), id("ended-untold"), id("open")]);

    await ledger.writeTask(record("open", { status: "failed" }, { revision: 2 }), 1, signal);
    await ledger.writeTask(record("ended-untold", { status: "succeeded" }, { revision: 2 }), 1, signal);
    expect(await idsInIndex(table, openIndex)).toEqual([]);
    expect(await idsInIndex(table, pendingIndex)).toEqual([]);
  });

  test("lets an item expire only when its task is closed and has no pending event", async () => {
    const table = await tables.create();
    const lastMovedAtMs = 1_700_000_000_500;
    const ended = sampleTask({ status: "failed" });
    await write(
      table.ledger(clock),
      record("open", {}, { lastMovedAtMs }),
      record("untold", { status: "failed" }, { lastMovedAtMs, pending: [pendingEvent(ended, 7)] }),
      record("ended", { status: "failed" }, { lastMovedAtMs }),
      record("untracked", {}, { lastMovedAtMs, tracking: "untracked" }),
    );
    expect(await itemOf(table, "open")).not.toHaveProperty("expiresAt");
    expect(await itemOf(table, "untold")).not.toHaveProperty("expiresAt");
    expect(await itemOf(table, "ended")).toMatchObject({ expiresAt: 1_700_000_001 + 90 * day });
    expect(await itemOf(table, "untracked")).toMatchObject({ expiresAt: 1_700_000_001 + 90 * day });
  });

  test("reads an index, a list, and a batch across answers larger than 1 MB", async () => {
    const table = await tables.create();
    const ledger = table.ledger(clock);
    const text = "x".repeat(60_000);
    const many = Array.from({ length: 60 }, (_, n) => {
      const nativeId = `t-${String(n).padStart(2, "0")}`;
      const event = pendingEvent(sampleTask({ nativeId }), 1);
      return record(nativeId, { nativeStatus: text }, { rowDigest: "d".repeat(30_000), pending: [event] });
    });
    for (let start = 0; start < many.length; start += 20) await write(ledger, ...many.slice(start, start + 20));
    const ids = many.map(({ task }) => task.id);

    const pages = [];
    for await (const page of ledger.openTasks(target, null, signal)) pages.push(page);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(({ tasks }) => tasks).map(({ id }) => id)).toEqual(ids);
    expect((await collect(ledger.tasksWithDueEvents(target, 1, signal))).toSorted()).toEqual(ids);
    expect([...(await ledger.readTasks(ids, signal)).records.keys()].toSorted()).toEqual(ids);

    const listed: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      const page = await ledger.listTasks(target, after, 100, signal);
      listed.push(...page.rows.map((row) => row.record.task.id));
      after = page.rows.at(-1)?.position ?? null;
      ({ more } = page);
    }
    expect(listed.toReversed()).toEqual(ids);
  });

  test("returns only what the sweep needs of an open task", async () => {
    const table = await tables.create();
    await write(table.ledger(clock), record("t-1"));
    const { Items } = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        IndexName: openIndex,
        KeyConditionExpression: "openTarget = :target",
        ExpressionAttributeValues: { ":target": "aliyun:cn-hangzhou" },
      }),
    );
    expect(Items?.map((item) => Object.keys(item).toSorted())).toEqual([
      ["detailRead", "id", "lastMovedAtMs", "missing", "openTarget", "revision", "rowDigest", "stalledAtMs", "status"],
    ]);
  });

  test("writeTask() throws RecordRefusedError when the record exceeds the item size limit", async () => {
    const ledger = (await tables.create()).ledger(clock);
    const huge = record("t-1", { nativeStatus: "x".repeat(410 * 1024) });
    await expect(ledger.writeTask(huge, null, signal)).rejects.toThrow(RecordRefusedError);
    expect(await ledger.readTasks([huge.task.id], signal)).toEqual(readingOf(new Map()));
  });

  test("rejects when its signal is aborted", async () => {
    const table = await tables.create();
    const ledger = table.ledger(clock);
    const stored = record("t-1", {}, { pending: [pendingEvent(sampleTask(), 1)] });
    await write(ledger, stored);
    await ledger.writeTarget(target, sampleTargetState, null, signal);
    await ledger.cursorKey(signal);
    const aborted = AbortSignal.abort();
    const calls = [
      () => ledger.writeTask(stored, null, aborted),
      () => ledger.readTasks([stored.task.id], aborted),
      () => collectOpen(ledger.openTasks(target, null, aborted)),
      () => collect(ledger.tasksWithDueEvents(target, 1, aborted)),
      () => ledger.listTasks(target, null, 10, aborted),
      () => ledger.readTarget(target, aborted),
      () => ledger.readTargets([target], aborted),
      () => ledger.writeTarget(target, sampleTargetState, null, aborted),
      () => ledger.readTargetList(aborted),
      () => ledger.writeTargetList({ revision: 1, targets: [] }, null, aborted),
      () => ledger.cursorKey(aborted),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow("abort");
  });
});

interface Asked {
  readonly api: string;
  readonly body: Record<string, unknown>;
}

/** A ledger on a server whose n-th answer, from 0, is given; a string is the name of an error. */
async function scriptedLedger(answer: (asked: Asked, n: number) => object | string) {
  const asked: Asked[] = [];
  const server = await listenHttp(async (request, response) => {
    const api = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const call = { api, body: JSON.parse(await bodyOf(request)) };
    const answered = answer(call, asked.push(call) - 1);
    const refused = typeof answered === "string";
    response.writeHead(refused ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(refused ? { __type: `com.amazonaws.dynamodb.v20120810#${answered}` } : answered));
  });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: server.url.href, region: "local", credentials });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  const pausing = createManualClock(0, { autoAdvance: true });
  const documents = DynamoDBDocumentClient.from(client);
  const ledger = createDynamoDbLedger({ client: documents, tableName: "ledger", clock: pausing, retentionDays: 90 });
  return { ledger, asked, sleeps: pausing.sleeps };
}

/** Answers a batch with its first keys and returns the given number of last keys as unprocessed. */
function batchAnswer({ body }: Asked, leftOver: number): object {
  const { Keys } = z
    .object({ RequestItems: z.object({ ledger: z.object({ Keys: z.array(z.unknown()) }) }) })
    .parse(body).RequestItems.ledger;
  const given = z.array(z.object({ id: z.object({ S: z.string() }) })).parse(Keys.slice(0, Keys.length - leftOver));
  const left = Keys.slice(Keys.length - leftOver);
  return {
    Responses: { ledger: given.map(({ id }) => ({ id, revision: { N: "1" }, record: { S: textOf(id.S) } })) },
    UnprocessedKeys: left.length > 0 ? { ledger: { Keys: left } } : {},
  };
}

/** The record of `a:b:<native id>`. */
function textOf(id: string): string {
  return JSON.stringify(record(id.slice("a:b:".length), { connection: "a", region: "b" }));
}

describe("createDynamoDbLedger() on a server with unusual answers", () => {
  const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `a:b:${n}`);
  const apis = (asked: readonly Asked[]) => asked.map(({ api }) => api);

  test("readTasks() requests unprocessed keys again after a growing delay", async () => {
    const { ledger, asked, sleeps } = await scriptedLedger((call, n) => batchAnswer(call, Math.max(0, 9 - n)));
    expect([...(await ledger.readTasks(idsOf(10), signal)).records.keys()]).toEqual(idsOf(10));
    expect(asked).toHaveLength(10);
    expect(sleeps).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000, 2000]);
  });

  test("readTasks() resets the delay after an answer without unprocessed keys", async () => {
    const { ledger, asked, sleeps } = await scriptedLedger((call, n) => batchAnswer(call, n % 2 === 0 ? 1 : 0));
    expect((await ledger.readTasks(idsOf(201), signal)).records.size).toBe(201);
    expect([asked.length, sleeps]).toEqual([4, [50, 50]]);
  });

  test("readTasks() requests each id once, at most one hundred per call, and makes no call without ids", async () => {
    const { ledger, asked } = await scriptedLedger((call) => batchAnswer(call, 0));
    await ledger.readTasks([], signal);
    expect(asked).toEqual([]);
    await ledger.readTasks([...idsOf(101), ...idsOf(101)], signal);
    expect(asked).toMatchObject([
      { body: { RequestItems: { ledger: { Keys: idsOf(100).map((id) => ({ id: { S: id } })) } } } },
      { body: { RequestItems: { ledger: { Keys: [{ id: { S: "a:b:100" } }] } } } },
    ]);
  });

  test("returns nothing for empty answers", async () => {
    const { ledger } = await scriptedLedger(() => ({}));
    expect(await ledger.readTasks(["a:b:1"], signal)).toEqual(readingOf(new Map()));
    expect(await collectOpen(ledger.openTasks(target, null, signal))).toEqual([]);
    expect(await collect(ledger.tasksWithDueEvents(target, 1, signal))).toEqual([]);
    expect(await ledger.listTasks(target, null, 10, signal)).toEqual({
      rows: [],
      unreadable: [],
      lastPosition: null,
      more: false,
    });
    expect(await ledger.readTarget(target, signal)).toBeUndefined();
    expect((await ledger.readTargets([target], signal)).states).toEqual(new Map());
  });

  test("reads consistently for writes and eventually consistently for display", async () => {
    const { ledger, asked } = await scriptedLedger(() => ({}));
    await ledger.readTasks(["a:b:1"], signal);
    await ledger.readTarget(target, signal);
    await ledger.readTargetList(signal);
    await ledger.cursorKey(signal);
    await ledger.readTargets([target], signal);
    expect(asked).toMatchObject([
      { api: "BatchGetItem", body: { RequestItems: { ledger: { ConsistentRead: true } } } },
      { api: "GetItem", body: { ConsistentRead: true, Key: { id: { S: "#target#aliyun:cn-hangzhou" } } } },
      { api: "GetItem", body: { ConsistentRead: true, Key: { id: { S: "#targets" } } } },
      { api: "GetItem", body: { ConsistentRead: true, Key: { id: { S: "#cursor-key" } } } },
      { api: "PutItem", body: { ConditionExpression: "attribute_not_exists(id)" } },
      { api: "BatchGetItem", body: { RequestItems: { ledger: { ConsistentRead: false } } } },
    ]);
  });

  test("cursorKey() can be aborted while it reads a key that another caller created first", async () => {
    const controller = new AbortController();
    const key = { Item: { key: { S: "AAAA" } } };
    const { ledger, asked } = await scriptedLedger((_asked, n) => {
      if (n === 2) controller.abort();
      return [{}, "ConditionalCheckFailedException", key][n] ?? {};
    });
    await expect(ledger.cursorKey(controller.signal)).rejects.toThrow("abort");
    expect(apis(asked)).toEqual(["GetItem", "PutItem", "GetItem"]);
  });

  test("readTargets() omits targets that were not requested", async () => {
    const { ledger } = await scriptedLedger(() => ({ Responses: { ledger: [{ id: { S: "#target#another:one" } }] } }));
    expect((await ledger.readTargets([target], signal)).states).toEqual(new Map());
  });

  test("listTasks() gives a row without a list position the first one", async () => {
    const own = record("t-1");
    const item = { id: { S: own.task.id }, record: { S: JSON.stringify(own) } };
    const { ledger, asked } = await scriptedLedger(() => ({ Items: [item], LastEvaluatedKey: { id: item.id } }));
    expect(await ledger.listTasks(target, null, 7, signal)).toEqual({
      rows: [{ record: own, position: "" }],
      unreadable: [],
      lastPosition: null,
      more: true,
    });
    expect(asked).toMatchObject([{ api: "Query", body: { Limit: 7 } }]);
  });

  test("writeTask() rethrows errors that are neither a lost race nor a refused record", async () => {
    const { ledger } = await scriptedLedger(() => "ResourceNotFoundException");
    const writing = ledger.writeTask(record("t-1"), null, signal);
    await expect(writing).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(writing).rejects.not.toThrow(RecordRefusedError);
  });

  test("writeTask() names the item size limit when it is refused, with the refusal as the cause", async () => {
    const { ledger } = await scriptedLedger(() => "ValidationException");
    const error: unknown = await ledger.writeTask(record("t-1"), null, signal).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RecordRefusedError);
    expect(error).toMatchObject({
      message: "DynamoDB rejected the record; an item can have at most 400 KB",
      cause: { name: "ValidationException" },
    });
  });

  test("cursorKey() caches the key that it created", async () => {
    const { ledger, asked } = await scriptedLedger(() => ({}));
    const key = await ledger.cursorKey(signal);
    expect(key).toHaveLength(32);
    expect(asked[1]?.body).toMatchObject({
      Item: { id: { S: "#cursor-key" }, revision: { N: "1" }, key: { S: key.toString("base64") } },
    });
    expect(apis(asked)).toEqual(["GetItem", "PutItem"]);
  });

  test("cursorKey() uses the existing key, and the other caller's when that one was faster", async () => {
    const item = { Item: { id: { S: "#cursor-key" }, key: { S: Buffer.alloc(32, 7).toString("base64") } } };
    const there = await scriptedLedger(() => item);
    expect(await there.ledger.cursorKey(signal)).toEqual(Buffer.alloc(32, 7));
    expect(apis(there.asked)).toEqual(["GetItem"]);
    const raced = await scriptedLedger((_call, n) => [{}, "ConditionalCheckFailedException", item][n] ?? {});
    expect(await raced.ledger.cursorKey(signal)).toEqual(Buffer.alloc(32, 7));
    expect(apis(raced.asked)).toEqual(["GetItem", "PutItem", "GetItem"]);
  });
});
