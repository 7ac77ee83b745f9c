import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, NumberValue, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkResponse } from "../contract/check-response.ts";
import { eventOf, invocation } from "../fakes/gateway-event.ts";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";

/** The functions beside items of the ledger that somebody edited by hand, or that a newer version wrote. */
let api: Harness;
let table: DynamoDBDocumentClient;
const TableName = "image-tasks-test";
let n = 0;
/** Native ids of running tasks, one in each of three clouds, new in each test. */
let ids: { aliyun: string; stack: string; edge: string };

beforeAll(async () => {
  api = await startHarness();
  const endpoint = String(api.env["AWS_ENDPOINT_URL_DYNAMODB"]);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  table = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: "local", credentials }));
}, 30_000);
afterAll(() => api.stop());

beforeEach(async () => {
  n += 1;
  api.addTask({ cloud: "alibaba-ecs", nativeId: `t-a${n}`, runningMs: 1000 });
  api.addTask({ cloud: "apsara-route", nativeId: `t-s${n}`, runningMs: 1000 });
  api.addTask({ cloud: "tencent-ecm", nativeId: `${70 + n}`, runningMs: 1000 });
  await api.sweep();
  ids = {
    aliyun: `aliyun:cn-hangzhou:t-a${n}`,
    stack: `stack:cn-qingdao-env17-d01:t-s${n}`,
    edge: `edge:global:${70 + n}`,
  };
});

async function change(id: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const { Item } = await table.send(new GetCommand({ TableName, Key: { id } }));
  if (Item === undefined) throw new Error(`there is no ${id}`);
  await table.send(new PutCommand({ TableName, Item: { ...Item, ...changes } }));
}

async function itemsLike(start: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await table.send(new ScanCommand({ TableName }));
  return Items.filter(({ id }) => String(id).startsWith(start));
}

async function completed(): Promise<string[]> {
  const events = await api.events();
  const ours = Object.values(ids);
  return events
    .filter((event) => event["detail-type"] === "Image Task Completed")
    .map(({ detail }) => detail.data.task.id)
    .filter((id) => ours.includes(id))
    .toSorted();
}

async function health() {
  const { handler } = await import("../../functions/health.ts");
  const answer = await handler(eventOf({ rawPath: "/health" }), invocation());
  const { statusCode: status = 0, headers = {}, body = "" } = answer ?? {};
  checkResponse({ method: "GET", path: "/health", status, headers, body });
  return { status, body: JSON.parse(body) };
}

const everyTask = () => Object.values(ids).toSorted();

describe("a task item whose record is not JSON", () => {
  beforeEach(() => change(ids.aliyun, { record: '{"task":{"id":"aliyun' }));

  test("is named by a list from the ledger, which shows the tasks of all targets", async () => {
    const { status, body } = await api.list("source=ledger");
    expect(status).toBe(200);
    const shown = body.tasks.map(({ id }) => id);
    expect(shown).toEqual(expect.arrayContaining([ids.stack, ids.edge]));
    expect(body.errors).toEqual([
      {
        connection: "aliyun",
        region: "cn-hangzhou",
        kind: "unreadable",
        code: null,
        message: "the record is not JSON",
        requestId: null,
        taskId: ids.aliyun,
      },
    ]);
  });

  test("is set aside and rebuilt by the next sweep, which completes every task", async () => {
    api.clock.advance(2000);
    await api.sweep();
    await api.sweep();
    expect(await completed()).toEqual(everyTask());
    const [copy] = await itemsLike(`#unreadable#${ids.aliyun}`);
    expect(copy).toMatchObject({ item: { id: ids.aliyun, record: '{"task":{"id":"aliyun' } });
    expect(copy?.["expiresAt"]).toEqual(expect.any(Number));
    expect((await api.get(ids.aliyun)).body).toMatchObject({ status: "succeeded" });
  });

  test("is counted by health and by its connection once a sweep has met it", async () => {
    api.clock.advance(2000);
    await api.sweep();
    const { status, body } = await health();
    expect([status, body.status]).toEqual([200, "degraded"]);
    expect(body.unreadableItems).toBeGreaterThanOrEqual(1);
    const { connections } = (await api.connections()).body;
    const counts = Object.fromEntries(connections.map((one) => [one.region, one.unreadableItems]));
    expect(counts).toMatchObject({ "cn-beijing": 0, global: 0 });
    expect(counts["cn-hangzhou"]).toBeGreaterThanOrEqual(1);
  });

  test("is answered from the cloud, with the reason why its record is missing", async () => {
    const { status, body } = await api.get(ids.aliyun);
    expect([status, body]).toMatchObject([
      200,
      { status: "running", timeline: [], recordProblem: "the record is not JSON" },
    ]);
  });

  test("refuses to be tracked or untracked, and says why", async () => {
    const problem = { type: "urn:image-tasks:problem:record-unreadable", status: 409 };
    const nativeId = ids.aliyun.split(":")[2];
    const tracked = await api.track<ProblemBody>({ connection: "aliyun", region: "cn-hangzhou", nativeId });
    expect(tracked.body).toMatchObject(problem);
    expect((await api.untrack(ids.aliyun)).body).toMatchObject(problem);
  });
});

describe("a task item of a newer version", () => {
  const newer = JSON.stringify({ format: 3, record: "only the newer version can read this" });
  beforeEach(() => change(ids.stack, { record: newer }));

  test("is kept as it is by a sweep that completes the others, and goes on when the newer version is back", async () => {
    const { record: earlier } = (await itemsLike(ids.edge))[0] ?? {};
    expect(earlier).toEqual(expect.any(String));
    api.clock.advance(2000);
    await api.sweep();
    expect(await completed()).toEqual([ids.aliyun, ids.edge].toSorted());
    expect((await itemsLike(ids.stack))[0]?.["record"]).toBe(newer);
    expect(await itemsLike(`#unreadable#${ids.stack}`)).toEqual([]);
    const { errors } = (await api.list("source=ledger&connection=stack")).body;
    expect(errors).toMatchObject([{ taskId: ids.stack, message: "a newer version wrote the record (format 3)" }]);
  });
});

describe("the item of a target", () => {
  const id = "#target#aliyun:cn-hangzhou";
  beforeEach(() => change(id, { checkpointMs: "yesterday", lastSweptAtMs: NumberValue.from("1e100") }));

  test("stops neither health nor the connections, and is replaced by the next sweep", async () => {
    expect((await health()).body).toMatchObject({ status: "degraded" });
    const { status, body } = await api.connections();
    expect([status, body.connections.find(({ region }) => region === "cn-hangzhou")?.lastError]).toEqual([
      200,
      "the state of its sweeps cannot be read; the next sweep starts over",
    ]);
    expect((await api.list("source=ledger")).status).toBe(200);
    api.clock.advance(2000);
    await api.sweep();
    expect(await completed()).toEqual(everyTask());
    expect((await itemsLike(id))[0]?.["checkpointMs"]).toEqual(expect.any(Number));
    expect(await itemsLike(`#unreadable#${id}`)).toHaveLength(n > 0 ? 1 : 0);
  });
});

describe("the list of targets", () => {
  beforeEach(() => change("#targets", { targets: "none" }));

  test("is rebuilt from the configuration", async () => {
    expect((await health()).body).toMatchObject({ status: "degraded" });
    expect((await api.connections()).status).toBe(200);
    expect((await api.list("source=ledger")).status).toBe(200);
    api.clock.advance(2000);
    await api.sweep();
    expect(await completed()).toEqual(everyTask());
    expect((await itemsLike("#targets"))[0]?.["targets"]).toHaveLength(4);
  });
});

describe("the key of cursors", () => {
  test("is replaced, and refuses the earlier cursors", async () => {
    await api.restart({});
    const { body } = await api.list("source=ledger&limit=1");
    expect(body.nextCursor).toEqual(expect.any(String));
    await change("#cursor-key", { key: 5 });
    await api.restart({});
    const next = await api.list<ProblemBody>(`source=ledger&limit=1&cursor=${body.nextCursor}`);
    expect(next.body).toMatchObject({ type: "urn:image-tasks:problem:invalid-parameters" });
    const again = await api.list("source=ledger&limit=1");
    expect((await api.list(`source=ledger&limit=1&cursor=${again.body.nextCursor}`)).status).toBe(200);
  });
});
