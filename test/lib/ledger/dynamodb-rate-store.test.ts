import { NumberValue, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDynamoDbRateStore } from "../../../lib/ledger/dynamodb-rate-store.ts";
import { describeRateStoreContract } from "../../fakes/ledger-contract.ts";
import { startLedgerTables } from "../../fakes/ledger-table.ts";
import type { LedgerTables } from "../../fakes/ledger-table.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const signal = new AbortController().signal;

let tables: LedgerTables;
beforeAll(async () => {
  tables = await startLedgerTables();
});
afterAll(() => tables.stop());

describeRateStoreContract("createDynamoDbRateStore()", async () => createDynamoDbRateStore(await tables.create()));

describe("createDynamoDbRateStore()", () => {
  test("keeps its items apart from targets and tasks of the same name", async () => {
    const table = await tables.create();
    const store = createDynamoDbRateStore(table);
    await store.writeRate("aliyun:cn-hangzhou", { revision: 1, tatMs: 5 }, null, signal);
    const ledger = table.ledger(createManualClock(0));
    const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
    expect(await ledger.readTarget(target, signal)).toBeUndefined();
    expect(await ledger.readTasks(["aliyun:cn-hangzhou"], signal)).toMatchObject({
      records: new Map(),
      unreadable: [],
    });
  });

  test.each([
    ["no time", { revision: 3 }],
    ["no revision", { tatMs: 5 }],
    ["words", { revision: "three", tatMs: "soon" }],
    ["a number that JavaScript cannot hold", { revision: 3, tatMs: NumberValue.from("1e100") }],
  ])("starts over when a reservation has %s", async (_what, attributes) => {
    const { client, tableName } = await tables.create();
    const store = createDynamoDbRateStore({ client, tableName });
    await client.send(new PutCommand({ TableName: tableName, Item: { id: "#rate#a", ...attributes } }));
    const fresh = await store.readRate("a", signal);
    expect(fresh).toEqual({ revision: 1, tatMs: 0 });
    expect(await store.readRate("a", signal)).toEqual(fresh);
    expect(await store.writeRate("a", { revision: 2, tatMs: 7 }, 1, signal)).toBe(true);
  });

  test("rejects when its signal is aborted", async () => {
    const store = createDynamoDbRateStore(await tables.create());
    await expect(store.readRate("a", AbortSignal.abort())).rejects.toThrow("abort");
    await expect(store.writeRate("a", { revision: 1, tatMs: 0 }, null, AbortSignal.abort())).rejects.toThrow("abort");
  });
});
