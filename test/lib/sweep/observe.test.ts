import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/errors.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";
import { createSweepBench, hour, minute, noon } from "../../fakes/sweep-bench.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const unavailable = () => new ProviderError("unavailable", "the detail cannot be read");
const oss = { code: "OSSAccessDenied", message: "the bucket refuses" };

describe("observeRows()", () => {
  test("records an open task without an event and its completion with one", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "running" });
    expect(await bench.sweep()).toMatchObject({ listed: 1, changed: 1, completed: 0, published: 0, problems: [] });
    expect(await bench.status("t-1")).toBe("running");
    expect(bench.told()).toEqual([]);

    await bench.clock.advance(minute);
    bench.turn("t-1", { status: "succeeded" });
    expect(await bench.sweep()).toMatchObject({ changed: 1, completed: 1, published: 1, refused: 0, finished: true });
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect(bench.bus.events[0]?.detail.data).toMatchObject({
      previousStatus: "running",
      sequence: 2,
      task: { finishedAt: new Date(noon + minute).toISOString(), finishedAtObserved: true },
    });
    await bench.sweepFor(3 * minute);
    expect(bench.told()).toHaveLength(1);
    expect((await bench.record("t-1"))?.pending).toEqual([]);
  });

  test("tells of a task that has ended before it was first seen, and claims no time for its end", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", hour, { status: "canceled" });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 canceled"]);
    expect(bench.bus.events[0]?.detail.data).toMatchObject({
      previousStatus: null,
      sequence: 1,
      task: { finishedAt: null, finishedAtObserved: false },
    });
  });

  test("tells of a discovery when asked to", async () => {
    const bench = createSweepBench(await tables.create(), { settings: { announceDiscovered: true } });
    bench.task("t-1", hour, { status: "running" });
    bench.task("t-2", hour, { status: "failed" });
    await bench.sweepFor(2 * minute);
    expect(bench.told().toSorted()).toEqual(["completed t-2 failed", "discovered t-1 running"]);
  });

  test("reads the detail of rows that only say that a task has ended", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-1", hour, { status: "succeeded", percent: 100 });
    bench.task("t-2", hour, { status: "failed", error: oss });
    expect(await bench.sweep()).toMatchObject({ completed: 2, unknown: 0, problems: [] });
    expect(bench.told().toSorted()).toEqual(["completed t-1 succeeded", "completed t-2 failed"]);
    expect((await bench.record("t-2"))?.task.error).toEqual(oss);
    expect((await bench.record("t-1"))?.task.progress.percent).toBe(100);
  });

  test(
    "keeps a task open while its outcome cannot be read, and hides no other by it",
    { timeout: 30_000 },
    async () => {
      const bench = createSweepBench(await tables.create(), { detailed: true });
      bench.task("t-1", hour, { status: "succeeded" });
      bench.task("t-2", hour, { status: "failed", error: oss });
      bench.task("t-3", hour, { status: "succeeded" });
      bench.cloud.onCall = ({ api, nativeIds }) => {
        if (api === "get" && nativeIds[0] === "t-1") throw unavailable();
      };
      const report = await bench.sweep();
      expect(report.problems).toMatchObject([{ kind: "unavailable", taskId: "aliyun:cn-hangzhou:t-1" }]);
      expect(report.unknown).toBe(1);
      expect(bench.told().toSorted()).toEqual(["completed t-2 failed", "completed t-3 succeeded"]);

      // Finished is no success and no failure, however long the outcome stays unread.
      await bench.sweepFor(90 * minute);
      expect(await bench.status("t-1")).toBe("unknown");
      expect(bench.told()).toHaveLength(2);

      bench.cloud.onCall = () => {};
      await bench.sweep();
      expect(bench.told().at(-1)).toBe("completed t-1 succeeded");
    },
  );

  test("waits for the reason of a failure as long as its patience lasts, from when the failure was first seen", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-1", minute, { status: "running" });
    bench.task("t-2", minute, { status: "running" });
    await bench.sweep();
    await bench.clock.advance(hour);
    bench.turn("t-1", { status: "failed", error: oss });
    bench.turn("t-2", { status: "failed", error: oss });
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") throw unavailable();
    };
    await bench.sweepFor(29 * minute);
    expect(await bench.status("t-1")).toBe("unknown");
    expect(bench.told()).toEqual([]);

    bench.cloud.onCall = ({ api, nativeIds }) => {
      if (api === "get" && nativeIds[0] === "t-1") throw unavailable();
    };
    await bench.sweepFor(2 * minute);
    expect(bench.told().toSorted()).toEqual(["completed t-1 failed", "completed t-2 failed"]);
    expect((await bench.record("t-1"))?.task.error).toBeNull();
    expect((await bench.record("t-2"))?.task.error).toEqual(oss);
  });

  test("leaves a task alone that is no longer tracked", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "running" });
    await bench.sweep();
    const known = await bench.record("t-1");
    if (known === undefined) throw new Error("not recorded");
    const signal = new AbortController().signal;
    await bench.ledger.writeTask(
      { ...known, revision: known.revision + 1, tracking: "untracked" },
      known.revision,
      signal,
    );
    bench.turn("t-1", { status: "succeeded" });
    await bench.sweepFor(5 * minute);
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(20 * minute);
    expect(bench.told()).toEqual([]);
    expect(await bench.status("t-1")).toBe("running");
  });

  test("never changes what has ended", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "failed", error: oss });
    await bench.sweep();
    const ended = await bench.record("t-1");
    for (const status of ["running", "succeeded", "unknown", "canceled"] as const) {
      bench.turn("t-1", { status });
      await bench.sweepFor(minute);
    }
    expect(await bench.record("t-1")).toEqual(ended);
    expect(bench.told()).toEqual(["completed t-1 failed"]);
  });

  test("leaves what it has no time for to the next sweep, and the checkpoint with it", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    for (let n = 0; n < 20; n += 1) bench.task(`t-${n}`, hour, { status: "succeeded" });
    bench.cloud.onCall = async ({ api }) => {
      if (api === "get") await bench.clock.sleep(10_000);
    };
    const report = await bench.sweep({ stopAtMs: noon + 30_000 });
    expect(report).toMatchObject({ finished: false, problems: [] });
    expect(report.completed).toBeGreaterThan(0);
    expect(report.completed).toBeLessThan(20);
    expect(await bench.checkpointMs()).toBeLessThan(noon - hour);
    await bench.sweep();
    expect(new Set(bench.told()).size).toBe(20);
    expect(bench.told()).toHaveLength(20);
    expect(await bench.checkpointMs()).toBeGreaterThan(noon);
  });

  test("records the others when one record is too large for the ledger", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "failed", error: { code: "x", message: "x".repeat(300_000) } });
    bench.task("t-2", minute, { status: "succeeded" });
    bench.task("t-3", 3 * 24 * hour, { status: "running" });
    const report = await bench.sweep();
    expect(report.problems).toMatchObject([{ kind: "internal", taskId: "aliyun:cn-hangzhou:t-1" }]);
    expect(bench.told()).toEqual(["completed t-2 succeeded"]);
    expect(await bench.checkpointMs()).toBeLessThan(noon);
  });
});
