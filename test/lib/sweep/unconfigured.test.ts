import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConnections } from "../../../lib/config/connections.ts";
import type { Target } from "../../../lib/domain/task.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { createProviders } from "../../../lib/providers/index.ts";
import { sweepTargets } from "../../../lib/sweep/sweep.ts";
import type { TargetReport } from "../../../lib/sweep/target-sweep.ts";
import { listTargets, visitTargets } from "../../../lib/sweep/unconfigured.ts";
import { record, write } from "../../fakes/ledger-contract.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createScriptedCloud } from "../../fakes/scripted-cloud.ts";
import type { ScriptedCloud } from "../../fakes/scripted-cloud.ts";
import { createSweepBench, hour, minute } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const signal = new AbortController().signal;
const old: Target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const renamed: Target = { ...old, connection: "prod" };

interface Change {
  readonly bench: SweepBench;
  /** The connection under its later name. */
  readonly after: ScriptedCloud;
  /** One run of the sweep over these targets, and a minute. */
  run(...clouds: readonly ScriptedCloud[]): Promise<TargetReport[]>;
  listed(): Promise<unknown>;
}

async function change(options: BenchOptions = {}): Promise<Change> {
  const bench = createSweepBench(await tables.create(), options);
  return {
    bench,
    after: createScriptedCloud(bench.clock, { target: renamed }),
    async run(...clouds) {
      const stopAtMs = bench.clock.now() + minute;
      const reports = await sweepTargets(clouds, bench.deps, { signal, stopAtMs });
      await bench.clock.advance(minute);
      return reports;
    },
    async listed() {
      const list = await bench.ledger.readTargetList(signal);
      return list?.targets.map(({ connection, unconfigured }) => [connection, unconfigured]);
    },
  };
}

/** The bench's cloud as the adapters build it from a connection with a `formerName`. */
function renamedCloud({ cloud }: SweepBench): ScriptedCloud {
  const [connection] = parseConnections(
    JSON.stringify({
      connections: [
        {
          name: "prod",
          formerName: "aliyun",
          provider: "alibaba-ecs",
          regions: ["cn-hangzhou"],
          credential: { accessKeyId: "env:ID", accessKeySecret: "env:SECRET" },
        },
      ],
    }),
    { allowedHosts: [], allowLoopback: false },
  );
  if (connection === undefined) throw new Error("there is no connection");
  const unused = () => Promise.reject(new Error("no call of this provider is needed"));
  const [provider] = createProviders([connection], {
    clock: createManualClock(0),
    secrets: { resolve: unused },
    callerFor: () => Object.assign(unused, { clockSkewMs: () => null }),
  });
  if (provider === undefined) throw new Error("there is no provider");
  const { target, renamedTo } = provider;
  return { ...cloud, target, ...(renamedTo !== undefined && { renamedTo }) };
}

const told = (reports: readonly TargetReport[]) =>
  reports.map(({ target, unconfigured, problems }) => [target, unconfigured, problems.map(({ message }) => message)]);

describe("sweepTargets() after a change of the configuration", () => {
  test("publishes the pending event of a removed connection and drops the connection an hour later", async () => {
    const { bench, after, run, listed } = await change();
    bench.task("t-1", minute, { status: "succeeded" });
    bench.bus.refusal = () => "down";
    await run(bench.cloud);
    expect(bench.bus.events).toEqual([]);

    expect(told(await run(after))).toEqual([
      ["prod:cn-hangzhou", false, []],
      ["aliyun:cn-hangzhou", true, ["not configured, but still has 1 undelivered event"]],
    ]);
    bench.bus.refusal = () => undefined;
    await bench.clock.advance(10 * minute);
    expect(await run(after)).toMatchObject([{ published: 0 }, { published: 1, pendingEvents: 0, problems: [] }]);
    expect(bench.bus.events.map(({ detail }) => detail.subject)).toEqual(["aliyun:cn-hangzhou:t-1"]);

    await bench.clock.advance(40 * minute);
    await run(after);
    expect(await listed()).toMatchObject([
      ["aliyun", { openTasks: 0, pendingEvents: 0 }],
      ["prod", null],
    ]);
    await bench.clock.advance(10 * minute);
    await run(after);
    expect(await listed()).toEqual([["prod", null]]);
    expect(await run(after)).toHaveLength(1);
  });

  test("reports the open tasks of a removed connection until it is back, and then follows them", async () => {
    const { bench, after, run, listed } = await change();
    bench.task("t-1", minute, { status: "running" });
    bench.task("t-2", minute, { status: "running" });
    await run(bench.cloud);
    const problem = "not configured, but still has 2 open tasks";
    for (let n = 0; n < 3; n += 1) {
      expect(told(await run(after)).at(-1)).toEqual(["aliyun:cn-hangzhou", true, [problem]]);
    }
    const sinceMs = bench.clock.now() - 3 * minute;
    expect(await listed()).toEqual([
      ["aliyun", { sinceMs, openTasks: 2, pendingEvents: 0 }],
      ["prod", null],
    ]);
    await bench.clock.advance(hour);
    expect(told(await run(after)).at(-1)).toEqual(["aliyun:cn-hangzhou", true, [problem]]);

    bench.turn("t-1", { status: "succeeded" });
    expect(told(await run(bench.cloud, after))).toEqual([
      ["aliyun:cn-hangzhou", false, []],
      ["prod:cn-hangzhou", false, []],
    ]);
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect(await listed()).toEqual([
      ["aliyun", null],
      ["prod", null],
    ]);
  });

  test("calls no provider for it, and counts neither untracked nor vanished tasks as open", async () => {
    const { bench, after, run } = await change();
    await run(bench.cloud);
    await write(
      bench.ledger,
      record("t-1", { status: "vanished" }, { missing: { count: 3, sinceMs: 1 } }),
      record("t-2", {}, { tracking: "untracked" }),
      record("t-3", { status: "unknown" }),
    );
    const { length } = bench.cloud.calls;
    expect((await run(after)).at(-1)).toMatchObject({ strandedTasks: 1, listed: 0, reconciled: 0, changed: 0 });
    expect(bench.cloud.calls).toHaveLength(length);
  });

  test("knows a target of an earlier version's ledger from its next sweep on", async () => {
    const { bench, after, run, listed } = await change();
    bench.task("t-1", minute, { status: "running" });
    // The earlier version swept target by target and kept no list.
    await bench.sweep();
    expect(await listed()).toBeUndefined();
    await run(bench.cloud);
    expect(told(await run(after)).at(-1)?.[0]).toBe("aliyun:cn-hangzhou");
  });

  test("lists a target before it records the first task of it", async () => {
    const written: string[] = [];
    const wrapLedger = (ledger: Ledger): Ledger => ({
      ...ledger,
      writeTask: (...given) => (written.push("task"), ledger.writeTask(...given)),
      writeTargetList: (...given) => (written.push("list"), ledger.writeTargetList(...given)),
    });
    const { bench, run } = await change({ wrapLedger });
    bench.task("t-1", minute, { status: "running" });
    await run(bench.cloud);
    await run(bench.cloud);
    expect(written).toEqual(["list", "task"]);
  });

  test("sweeps only targets swept before, and fails, while the list cannot be read", async () => {
    const faults = { broken: true };
    const wrapLedger = (ledger: Ledger): Ledger => ({
      ...ledger,
      readTargetList: (...given) =>
        faults.broken ? Promise.reject(new TypeError("a broken item")) : ledger.readTargetList(...given),
    });
    const { bench, run } = await change({ wrapLedger });
    const failed = { target: "#targets", finished: false, problems: [{ message: "TypeError: a broken item" }] };
    bench.task("t-1", minute, { status: "succeeded" });
    // Its tasks would be lost if its connection went away before it is listed.
    expect(await run(bench.cloud)).toMatchObject([failed]);
    faults.broken = false;
    expect(await run(bench.cloud)).toMatchObject([{ target: "aliyun:cn-hangzhou", completed: 1 }]);
    faults.broken = true;
    bench.task("t-2", minute, { status: "succeeded" });
    expect(await run(bench.cloud)).toMatchObject([
      { target: "aliyun:cn-hangzhou", completed: 1, problems: [] },
      failed,
    ]);
  });

  test("keeps what it knew of a target whose tasks cannot be counted", async () => {
    const faults = { broken: false };
    const wrapLedger = (ledger: Ledger): Ledger => ({
      ...ledger,
      openTasks(...given) {
        if (faults.broken) throw new TypeError("no index");
        return ledger.openTasks(...given);
      },
    });
    const { bench, after, run, listed } = await change({ wrapLedger });
    bench.task("t-1", minute, { status: "running" });
    await run(bench.cloud);
    await run(after);
    const before = await listed();
    faults.broken = true;
    await bench.clock.advance(2 * hour);
    expect((await run(after)).at(-1)).toMatchObject({
      finished: false,
      problems: [{ message: "TypeError: no index" }],
    });
    expect(await listed()).toEqual(before);
  });

  test("reports that it could not write what it found, beside what it found", async () => {
    const faults = { broken: false };
    const wrapLedger = (ledger: Ledger): Ledger => ({
      ...ledger,
      writeTargetList: (...given) =>
        faults.broken ? Promise.reject(new TypeError("no list")) : ledger.writeTargetList(...given),
    });
    const { bench, after, run } = await change({ wrapLedger });
    bench.task("t-1", minute, { status: "running" });
    await run(bench.cloud, after);
    faults.broken = true;
    expect(await run(after)).toMatchObject([
      { target: "prod:cn-hangzhou", finished: true, problems: [] },
      { target: "aliyun:cn-hangzhou", unconfigured: true, strandedTasks: 1 },
      { target: "#targets", finished: false, problems: [{ kind: "internal", message: "TypeError: no list" }] },
    ]);
  });

  test("counts no more than a thousand open tasks", async () => {
    const bench = createSweepBench({ ledger: createMemoryLedger });
    await write(bench.ledger, ...Array.from({ length: 1001 }, (_, n) => record(`t-${n}`)));
    const run = { signal, stopAtMs: bench.clock.now() + minute };
    const visits = await visitTargets([{ ...old, unconfigured: null }], { deps: bench.deps, run, limit: pLimit(1) });
    expect(visits).toMatchObject([
      {
        strandedTasks: 1000,
        problems: [{ kind: "unconfigured", message: "not configured, but still has at least 1000 open tasks" }],
      },
    ]);
  });

  test("reads no further page of open tasks once it has counted a thousand", async () => {
    const ledger = createMemoryLedger();
    const wrapped: Ledger = {
      ...ledger,
      async *openTasks(...given) {
        yield* ledger.openTasks(...given);
        throw new Error("it reads too far");
      },
    };
    const bench = createSweepBench({ ledger: () => wrapped });
    await write(bench.ledger, ...Array.from({ length: 1000 }, (_, n) => record(`t-${n}`)));
    const run = { signal, stopAtMs: bench.clock.now() + minute };
    const visits = await visitTargets([{ ...old, unconfigured: null }], { deps: bench.deps, run, limit: pLimit(1) });
    expect(visits).toMatchObject([{ strandedTasks: 1000, problems: [{ kind: "unconfigured" }] }]);
  });

  test("touches neither the list nor a target once the time is up", async () => {
    const { bench } = await change();
    const run = { signal, stopAtMs: bench.clock.now() };
    expect(await listTargets([old], bench.deps, run)).toEqual({ unconfigured: [], reports: [] });
    expect(await bench.ledger.readTargetList(signal)).toBeUndefined();
    await write(bench.ledger, record("t-1"));
    const visits = await visitTargets([{ ...old, unconfigured: null }], { deps: bench.deps, run, limit: pLimit(1) });
    expect(visits).toMatchObject([{ target: "aliyun:cn-hangzhou", finished: false, strandedTasks: 0, problems: [] }]);
  });

  test("sweeps nothing while the ledger answers neither for the list nor for the targets", async () => {
    const refuse = () => Promise.reject(new Error("no ledger"));
    const wrapLedger = (ledger: Ledger): Ledger => ({ ...ledger, readTargetList: refuse, readTargets: refuse });
    const { bench, run } = await change({ wrapLedger });
    expect(await run(bench.cloud)).toMatchObject([{ target: "#targets", problems: [{ message: "Error: no ledger" }] }]);
    expect(bench.cloud.calls).toEqual([]);
  });

  test("announces a task once when its connection is renamed and keeps its former name in ids", async () => {
    const { bench, run, listed } = await change();
    bench.task("t-1", minute, { status: "succeeded" });
    bench.task("t-2", minute, { status: "running" });
    await run(bench.cloud);
    const after = renamedCloud(bench);
    expect(told(await run(after))).toEqual([["aliyun:cn-hangzhou", false, []]]);
    bench.turn("t-2", { status: "failed" });
    await run(after);
    await run(after);
    expect(bench.told()).toEqual(["completed t-1 succeeded", "completed t-2 failed"]);
    expect(bench.bus.events.map(({ detail }) => detail.subject)).toEqual([
      "aliyun:cn-hangzhou:t-1",
      "aliyun:cn-hangzhou:t-2",
    ]);
    expect(await listed()).toEqual([["aliyun", null]]);
  });

  test("writes the list only when it changes", async () => {
    let writes = 0;
    const wrapLedger = (ledger: Ledger): Ledger => ({
      ...ledger,
      writeTargetList: (...given) => ((writes += 1), ledger.writeTargetList(...given)),
    });
    const { bench, after, run } = await change({ wrapLedger });
    bench.task("t-1", minute, { status: "running" });
    await run(bench.cloud);
    for (let n = 0; n < 5; n += 1) await run(after);
    // The first target, the second one, and the mark of the first.
    expect(writes).toBe(3);
  });
});
