import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import { sweepTarget, sweepTargets } from "../../../lib/sweep/sweep.ts";
import { ignoreLeases } from "../../fakes/lease-blind-ledger.ts";
import { createScriptedCloud } from "../../fakes/scripted-cloud.ts";
import { createSweepBench, hour, minute, noon } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const signal = new AbortController().signal;

describe("sweepTargets()", () => {
  test("sweeps each target and reports every failure", async () => {
    const bench = createSweepBench(await tables.create());
    const regions = ["cn-beijing", "cn-hangzhou", "cn-shanghai"];
    const clouds = regions.map((region) => {
      const cloud = createScriptedCloud(bench.clock, {
        target: { connection: "aliyun", provider: "alibaba-ecs", region },
      });
      cloud.tasks.set("t-1", { createdAtMs: noon, states: [{ status: "succeeded" }] });
      return cloud;
    });
    const [beijing, hangzhou] = clouds;
    if (beijing) beijing.onCall = () => Promise.reject(new ProviderError("unauthorized", "who are you?"));
    if (hangzhou) hangzhou.onCall = () => Promise.reject(new TypeError("a bug of ours"));
    const reports = await sweepTargets(clouds, bench.deps, { signal, stopAtMs: noon + minute });
    expect(
      reports.map(({ target, problems }) => [target, problems.map(({ kind, message }) => [kind, message])]),
    ).toEqual([
      ["aliyun:cn-beijing", [["unauthorized", "who are you?"]]],
      ["aliyun:cn-hangzhou", [["internal", "TypeError: a bug of ours"]]],
      ["aliyun:cn-shanghai", []],
    ]);
    expect(bench.bus.events.map(({ detail }) => detail.subject)).toEqual(["aliyun:cn-shanghai:t-1"]);
  });

  test("starts no target when its time is up", async () => {
    const bench = createSweepBench(await tables.create());
    const reports = await sweepTargets([bench.cloud], bench.deps, { signal, stopAtMs: noon });
    expect(reports).toMatchObject([{ finished: false, problems: [] }]);
    expect(bench.cloud.calls).toEqual([]);
  });
});

describe("sweepTarget()", () => {
  test("records when the target was swept and the first problem", async () => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.onCall = () => Promise.reject(new ProviderError("throttled", "slow down"));
    await bench.sweep();
    expect(await bench.ledger.readTarget(bench.cloud.target, signal)).toEqual({
      revision: 2,
      checkpointMs: noon - 24 * 60 * minute,
      resumeAfterId: null,
      lastSweptAtMs: noon,
      lastSweepMs: 0,
      lastAnsweredAtMs: null,
      lastError: "slow down",
      namelessSinceMs: null,
      clockSkewMs: null,
      overlapMs: 15 * minute,
      openListedAtMs: null,
      unreadableItems: 0,
    });
    bench.cloud.onCall = () => {};
    await bench.clock.advance(minute);
    await bench.sweep();
    expect(await bench.ledger.readTarget(bench.cloud.target, signal)).toEqual({
      revision: 4,
      checkpointMs: noon + minute,
      resumeAfterId: null,
      lastSweptAtMs: noon + minute,
      lastSweepMs: 0,
      lastAnsweredAtMs: noon + minute,
      lastError: null,
      namelessSinceMs: null,
      clockSkewMs: null,
      overlapMs: 15 * minute,
      openListedAtMs: noon + minute,
      unreadableItems: 0,
    });
  });

  test("records and reports how far the provider's clock is from ours", async () => {
    const untold = createSweepBench(await tables.create());
    expect((await untold.sweep()).clockSkewSeconds).toBeNull();
    const bench = createSweepBench(await tables.create());
    bench.cloud.skewMs = () => -1_019_600;
    expect(await bench.sweep()).toMatchObject({ clockSkewSeconds: 1020, problems: [] });
    expect(await bench.ledger.readTarget(bench.cloud.target, signal)).toMatchObject({ clockSkewMs: -1_019_600 });
  });

  test("records the duration of the last sweep and when the provider last answered", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    const state = () => bench.ledger.readTarget(bench.cloud.target, signal);
    // The first sweep lists four windows of six hours, and the open tasks.
    bench.cloud.onCall = () => bench.clock.sleep(1500);
    await bench.sweep();
    expect(await state()).toMatchObject({ lastSweptAtMs: noon + 7500, lastSweepMs: 7500, lastAnsweredAtMs: noon });
    for (const kind of ["unavailable", "unauthorized", "throttled"] as const) {
      bench.cloud.onCall = () => Promise.reject(new ProviderError(kind, "no"));
      await bench.sweep();
      expect(await state()).toMatchObject({ lastAnsweredAtMs: noon, lastError: "no" });
    }
    bench.cloud.onCall = () => Promise.reject(new TypeError("a bug with details"));
    await bench.sweep();
    expect(await state()).toMatchObject({ lastAnsweredAtMs: noon, lastError: expect.not.stringContaining("details") });
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") throw new ProviderError("malformed", "an odd row");
    };
    bench.task("t-1", minute, { status: "succeeded" });
    await bench.sweep();
    expect(await state()).toMatchObject({ lastAnsweredAtMs: noon + 7500, lastError: "an odd row" });
  });

  test.each(["malformed", "bad-request"] as const)(
    "does not count a target as answered when a list of it is %s",
    async (kind) => {
      const bench = createSweepBench(await tables.create());
      const state = () => bench.ledger.readTarget(bench.cloud.target, signal);
      await bench.sweep();
      const before = await state();
      await bench.clock.advance(minute);
      bench.cloud.onCall = () => Promise.reject(new ProviderError(kind, "a page of a proxy", { scope: "target" }));
      bench.cloud.calls.length = 0;
      const report = await bench.sweep();
      expect(bench.cloud.calls).toHaveLength(1);
      expect(report.problems).toMatchObject([{ kind, message: "a page of a proxy", taskId: null }]);
      const { lastAnsweredAtMs, checkpointMs } = before ?? {};
      expect(lastAnsweredAtMs).toBe(noon);
      expect(await state()).toMatchObject({ lastAnsweredAtMs, checkpointMs, lastError: "a page of a proxy" });
      bench.cloud.onCall = () => {};
      await bench.sweep();
      expect(await state()).toMatchObject({ lastAnsweredAtMs: bench.clock.now(), lastError: null });
    },
  );

  test("reads known tasks while the list fails", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "running" });
    await bench.sweep();
    bench.turn("t-1", { status: "succeeded" });
    bench.cloud.onCall = ({ api }) => {
      if (api === "list") throw new ProviderError("unavailable", "no list today");
    };
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect(await bench.checkpointMs()).toBe(noon);
  });

  test("keeps the discovery checkpoint when a later step fails", async () => {
    const bench = createSweepBench(await tables.create(), {
      wrapLedger: (ledger) => ({
        ...ledger,
        openTasks: () => {
          throw new Error("the index cannot be read");
        },
      }),
    });
    const report = await bench.sweep();
    expect(report).toMatchObject({ finished: false, problems: [{ kind: "internal" }] });
    const state = await bench.ledger.readTarget(bench.cloud.target, signal);
    expect(state).toMatchObject({ checkpointMs: noon, lastError: "the sweep itself failed; the reason is in its log" });
  });

  test("never throws, even when the ledger is unavailable", async () => {
    const down = () => Promise.reject(new Error("no ledger"));
    const bench = createSweepBench(await tables.create(), {
      wrapLedger: (ledger) => ({ ...ledger, readTarget: down, readTasks: down, writeTask: down, writeTarget: down }),
    });
    expect(await bench.sweep()).toMatchObject({ finished: false, problems: [{ message: "Error: no ledger" }] });
    expect(bench.bus.offers).toEqual([]);
  });

  test("ends soon with a report when its signal aborts", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "succeeded" });
    const controller = new AbortController();
    bench.cloud.onCall = () => controller.abort(new Error("the time is up"));
    const report = await bench.sweep({ signal: controller.signal });
    expect(report).toMatchObject({
      finished: false,
      problems: [{ kind: "internal", message: "Error: the time is up" }],
    });
    const state = await bench.ledger.readTarget(bench.cloud.target, signal);
    expect(state).toMatchObject({ checkpointMs: null, lastSweptAtMs: null });
    expect(state).not.toHaveProperty("lease");
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
  });

  test("emits each completion under one id when sweeps overlap, and leaves nothing pending", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true, wrapLedger: ignoreLeases });
    for (let n = 0; n < 15; n += 1) bench.task(`t-${n}`, minute, { status: n % 3 === 0 ? "running" : "succeeded" });
    const run = { signal, stopAtMs: noon + hour };
    const overlap = () => Promise.all([1, 2, 3].map(() => sweepTarget(bench.cloud, bench.deps, run)));
    await overlap();
    for (let n = 0; n < 15; n += 3) bench.turn(`t-${n}`, { status: "failed" });
    const reports = await overlap();
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
    const ids = new Map(bench.bus.events.map(({ detail }) => [detail.id, detail]));
    expect(ids.size).toBe(15);
    expect(new Set([...ids.values()].map(({ subject }) => subject)).size).toBe(15);
    for (let n = 0; n < 15; n += 1) {
      expect(await bench.record(`t-${n}`)).toMatchObject({ task: { done: true }, pending: [] });
    }
    expect(await bench.checkpointMs()).toBe(noon);
  });
});
