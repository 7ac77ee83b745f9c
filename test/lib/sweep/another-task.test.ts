import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Target } from "../../../lib/domain/task.ts";
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

/** As each cloud answers: with or without a detail of its own. */
const clouds: [string, BenchOptions & { target: Target }][] = [
  ["alibaba-ecs", { target: { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" }, detailed: true }],
  ["apsara-route", { target: { connection: "stack", provider: "apsara-route", region: "cn-qingdao" }, detailed: true }],
  ["tencent-ecm", { target: { connection: "edge", provider: "tencent-ecm", region: "global" }, batchSize: 20 }],
];

/** Three days after the task `t-1` was first seen: no list shows it, and each sweep asks for it. */
async function benchWithOldTask(options: BenchOptions): Promise<SweepBench> {
  const bench = createSweepBench(await tables.create(), { ...options, settings: { stallAfterMs: 1000 * hour } });
  bench.task("t-1", 0, { status: "running" });
  await bench.sweep();
  await bench.clock.advance(72 * hour);
  await bench.sweep();
  return bench;
}

describe.each(clouds)("a sweep of %s", (_name, options) => {
  test.each(["succeeded", "failed", "running"] as const)(
    "lets a task vanish whose id shows a task of another creation time, which is %s",
    async (status) => {
      const bench = await benchWithOldTask(options);
      bench.task("t-1", 48 * hour, { status });
      await bench.sweep();
      expect(await bench.record("t-1")).toMatchObject({ missing: { count: 1 }, task: { status: "running" } });
      await bench.sweepFor(20 * minute);
      expect(bench.told()).toEqual(["vanished t-1 vanished"]);
    },
  );

  test("lets a task vanish when the list shows a task of another creation time", async () => {
    const bench = createSweepBench(await tables.create(), options);
    bench.task("t-1", hour, { status: "running" });
    await bench.sweep();
    bench.task("t-1", minute, { status: "succeeded" });
    await bench.sweep();
    expect(await bench.record("t-1")).toMatchObject({ missing: { count: 1 }, task: { status: "running" } });
    await bench.sweepFor(20 * minute);
    expect(bench.told()).toEqual(["vanished t-1 vanished"]);
  });

  test("does not take another task for the return of a vanished one", async () => {
    const bench = await benchWithOldTask(options);
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(20 * minute);
    bench.task("t-1", minute, { status: "succeeded" });
    await bench.sweepFor(5 * minute);
    expect(bench.told()).toEqual(["vanished t-1 vanished"]);
    expect(await bench.record("t-1")).toMatchObject({ generation: 1, task: { status: "vanished" } });
  });

  test("follows a task whose creation time is shown to another precision", async () => {
    const bench = await benchWithOldTask(options);
    const { createdAtMs } = bench.cloud.tasks.get("t-1")!;
    bench.cloud.tasks.set("t-1", { createdAtMs: createdAtMs + 59_000, states: [{ status: "canceled" }] });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 canceled"]);
  });
});

test("a sweep does not take the detail of another task for the outcome of a listed one", async () => {
  const bench = createSweepBench(await tables.create(), { detailed: true });
  bench.task("t-1", hour, { status: "succeeded" });
  const { get } = bench.cloud;
  bench.cloud.get = async (nativeId, callSignal) => {
    const task = await get(nativeId, callSignal);
    const createdAt = "2026-02-01T12:00:00.000Z";
    return task && { ...task, createdAt, nativeTimes: { ...task.nativeTimes, createdAt } };
  };
  await bench.sweep();
  expect(await bench.status("t-1")).toBe("unknown");
  bench.cloud.get = get;
  await bench.sweepFor(2 * minute);
  expect(bench.told()).toEqual(["completed t-1 succeeded"]);
});

test("a sweep in which another task is found alone before the last miss counts the miss", async () => {
  const bench = await benchWithOldTask({});
  bench.cloud.getMany = async () => ({ sightings: [], unreadable: [] });
  bench.task("t-1", hour, { status: "succeeded" });
  await bench.sweepFor(20 * minute);
  expect(bench.told()).toEqual(["vanished t-1 vanished"]);
  expect((await bench.cloud.get("t-1", signal))?.status).toBe("succeeded");
});
