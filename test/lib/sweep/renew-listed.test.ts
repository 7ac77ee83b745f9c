import { DeleteCommand, GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { RecordRefusedError } from "../../../lib/ledger/ledger.ts";
import { renewListed } from "../../../lib/sweep/renew-listed.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { record, write } from "../../fakes/ledger-contract.ts";
import { startLedgerTables } from "../../fakes/ledger-table.ts";
import type { LedgerTable, LedgerTables } from "../../fakes/ledger-table.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createSweepBench, hour, minute, noon, sweepWith } from "../../fakes/sweep-bench.ts";
import type { SweepBench } from "../../fakes/sweep-bench.ts";

const day = 24 * hour;
const signal = new AbortController().signal;

let tables: LedgerTables;
beforeAll(async () => {
  tables = await startLedgerTables();
});
afterAll(() => tables.stop());

/** Deletes what has expired, as DynamoDB does. */
async function expire({ client, tableName }: LedgerTable, nowMs: number): Promise<void> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  for (const { id, expiresAt = Infinity } of Items) {
    if (expiresAt * 1000 < nowMs) await client.send(new DeleteCommand({ TableName: tableName, Key: { id } }));
  }
}

/** A bench whose first window can never be listed, so that every sweep lists everything since. */
async function setUp(): Promise<{ bench: SweepBench; table: LedgerTable; pass: (days: number) => Promise<void> }> {
  const table = await tables.create();
  const bench = createSweepBench(table, { settings: { windowMs: 30 * day } });
  await bench.sweep();
  bench.cloud.onCall = ({ api, query }) => {
    if (api === "list" && (query?.createdAfter?.getTime() ?? 0) < noon) throw new ProviderError("malformed", "odd");
  };
  await bench.clock.advance(40 * day);
  const pass = async (days: number) => {
    for (let n = 0; n < days; n += 4) {
      await bench.clock.advance(4 * day);
      await expire(table, bench.clock.now());
      await bench.sweep();
    }
  };
  return { bench, table, pass };
}

describe("renewListed()", () => {
  /** Two ended tasks whose records have ten days left. */
  async function renew(wrapLedger: (ledger: Ledger) => Ledger) {
    const bench = createSweepBench({ ledger: createMemoryLedger }, { wrapLedger });
    const ended = ["t-1", "t-2"].map((nativeId) =>
      record(nativeId, { status: "failed" }, { lastMovedAtMs: noon - 80 * day }),
    );
    await write(bench.ledger, ...ended);
    const report = emptyReport("aliyun:cn-hangzhou");
    const sweep = sweepWith({
      provider: bench.cloud,
      deps: bench.deps,
      run: { signal, stopAtMs: noon + hour },
      report,
    });
    const listed = new Map(
      [...ended, record("t-3", {}, { tracking: "untracked", lastMovedAtMs: 0 })].map((one) => [one.task.id, one]),
    );
    return { bench, report, renewed: () => renewListed(listed, sweep) };
  }

  test("renews each record that expires soon, and creates none that has expired", async () => {
    const { bench, report, renewed } = await renew((ledger) => ledger);
    await renewed();
    const records = await Promise.all(["t-1", "t-2", "t-3"].map((nativeId) => bench.record(nativeId)));
    expect(records.map((one) => one?.renewedAtMs)).toEqual([noon, noon, undefined]);
    expect(report.problems).toEqual([]);
  });

  test("reports a record that the ledger refuses, and renews the others", async () => {
    let failure: Error | undefined;
    const { bench, report, renewed } = await renew((ledger) => ({
      ...ledger,
      async writeTask(one, ...rest) {
        if (failure !== undefined && one.task.nativeId === "t-1") throw failure;
        return ledger.writeTask(one, ...rest);
      },
    }));
    failure = new RecordRefusedError("too large");
    await renewed();
    expect(report.problems).toMatchObject([{ kind: "internal", taskId: "aliyun:cn-hangzhou:t-1" }]);
    expect((await bench.record("t-2"))?.renewedAtMs).toBe(noon);
    failure = new TypeError("no ledger");
    await expect(renewed()).rejects.toThrow("no ledger");
  });
});

describe("a task that is still listed when its record is about to expire", () => {
  test("is announced once in two hundred days", async () => {
    const { bench, pass } = await setUp();
    bench.task("t-1", minute, { status: "failed", error: { code: "OSSReadFailed", message: "no" } });
    await bench.sweep();
    await pass(200);
    expect(bench.told()).toEqual(["completed t-1 failed"]);
    // Two renewals, eighty days apart.
    expect(await bench.record("t-1")).toMatchObject({ timeline: [], task: { status: "failed" } });
    expect(bench.counts.taskWrites).toBe(4);
  });

  test("is announced once also when its row has become unreadable", async () => {
    const { bench, pass } = await setUp();
    bench.task("t-1", minute, { status: "succeeded" });
    await bench.sweep();
    bench.turn("t-1", { status: "unreadable" });
    await pass(100);
    bench.turn("t-1", { status: "succeeded" });
    await pass(8);
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
  });

  test("stays untracked", async () => {
    const { bench, pass } = await setUp();
    bench.task("t-1", minute, { status: "running" });
    await bench.sweep();
    const known = await bench.record("t-1");
    if (known === undefined) throw new Error("not recorded");
    await bench.ledger.writeTask({ ...known, revision: 2, tracking: "untracked" }, 1, signal);
    await pass(100);
    bench.turn("t-1", { status: "succeeded" });
    await pass(8);
    expect(bench.told()).toEqual([]);
  });

  test("expires when it is no longer listed", async () => {
    const { bench, table, pass } = await setUp();
    bench.task("t-1", minute, { status: "succeeded" });
    await bench.sweep();
    await pass(84);
    const key = { TableName: table.tableName, Key: { id: "aliyun:cn-hangzhou:t-1" } };
    const renewedAtMs = (await bench.record("t-1"))?.renewedAtMs ?? 0;
    expect((await table.client.send(new GetCommand(key))).Item?.["expiresAt"]).toBe((renewedAtMs + 90 * day) / 1000);
    bench.turn("t-1", { status: "gone" });
    await pass(100);
    expect(await bench.record("t-1")).toBeUndefined();
  });
});
