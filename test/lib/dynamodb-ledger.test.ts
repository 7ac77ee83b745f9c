import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createDynamoDbLedger } from "../../lib/dynamodb-ledger.ts";
import { listIndex, openIndex, pendingIndex } from "../../lib/ledger-items.ts";
import { RecordRefusedError } from "../../lib/ledger.ts";
import { collect, describeLedgerContract, pendingEvent, record, write } from "../fakes/ledger-contract.ts";
import { startLedgerTables } from "../fakes/ledger-table.ts";
import type { LedgerTable, LedgerTables } from "../fakes/ledger-table.ts";
import { bodyOf, listenHttp } from "../fakes/loopback-server.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { sampleTargetState } from "../fakes/sample-target-state.ts";
import { sampleTask } from "../fakes/sample-task.ts";

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

  test("lets an item expire only when its task is closed and nothing is pending", async () => {
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

  test("follows an index, a list and a batch over answers of more than 1 MB", async () => {
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
    expect(pages.flat().map(({ id }) => id)).toEqual(ids);
    expect((await collect(ledger.tasksWithDueEvents(target, 1, signal))).toSorted()).toEqual(ids);
    expect([...(await ledger.readTasks(ids, signal)).keys()].toSorted()).toEqual(ids);

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

  test("shows the sweep no more than it needs of an open task", async () => {
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

  test("writeTask() throws RecordRefusedError when the record is larger than an item can be", async () => {
    const ledger = (await tables.create()).ledger(clock);
    const huge = record("t-1", { nativeStatus: "x".repeat(410 * 1024) });
    await expect(ledger.writeTask(huge, null, signal)).rejects.toThrow(RecordRefusedError);
    expect(await ledger.readTasks([huge.task.id], signal)).toEqual(new Map());
  });

  test("readTasks() asks again for keys that were left over, after a growing pause", async () => {
    const stored = record("t-1");
    const item = (id: unknown) => ({ id, record: { S: JSON.stringify(stored) } });
    const asked: number[] = [];
    const server = await listenHttp(async (request, response) => {
      const keys: { id: unknown }[] = JSON.parse(await bodyOf(request)).RequestItems.ledger.Keys;
      asked.push(keys.length);
      const left = asked.length < 4 ? { UnprocessedKeys: { ledger: { Keys: keys.slice(1) } } } : {};
      const given = asked.length < 4 ? keys.slice(0, 1) : keys;
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ Responses: { ledger: given.map(({ id }) => item(id)) }, ...left }));
    });
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new DynamoDBClient({ endpoint: server.url.href, region: "local", credentials });
    onTestFinished(async () => {
      client.destroy();
      await server.close();
    });
    const pausing = createManualClock(0, { autoAdvance: true });
    const ledger = createDynamoDbLedger({
      client: DynamoDBDocumentClient.from(client),
      tableName: "ledger",
      clock: pausing,
      retentionDays: 90,
    });
    const ids = ["a:b:1", "a:b:2", "a:b:3", "a:b:4", "a:b:5"];
    expect([...(await ledger.readTasks(ids, signal)).keys()]).toEqual(ids);
    expect(asked).toEqual([5, 4, 3, 2]);
    expect(pausing.sleeps).toEqual([50, 100, 200]);
  });

  test("rejects when its signal has aborted", async () => {
    const ledger = (await tables.create()).ledger(clock);
    const aborted = AbortSignal.abort();
    await expect(ledger.writeTask(record("t-1"), null, aborted)).rejects.toThrow("abort");
    await expect(ledger.readTasks(["aliyun:cn-hangzhou:t-1"], aborted)).rejects.toThrow("abort");
  });
});
