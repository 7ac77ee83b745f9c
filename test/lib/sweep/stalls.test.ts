import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/errors.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";
import { createSweepBench, hour, minute, noon } from "../../fakes/sweep-bench.ts";
import type { SweepBench } from "../../fakes/sweep-bench.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const gets = ({ cloud }: SweepBench) => cloud.calls.filter(({ api }) => api === "get");

describe("lookCloser()", () => {
  test("tells once of a task of which nothing has moved for two hours", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", 0, { status: "running", percent: 40 });
    await bench.sweep();
    await bench.clock.advance(2 * hour - 1);
    expect(await bench.sweep()).toMatchObject({ stalled: 0 });
    await bench.clock.advance(1);
    expect(await bench.sweep()).toMatchObject({ stalled: 1, published: 1, completed: 0 });
    expect(bench.told()).toEqual(["stalled t-1 running"]);
    await bench.sweepFor(5 * minute);
    await bench.clock.advance(9 * hour);
    expect(await bench.sweep()).toMatchObject({ stalled: 0, changed: 0 });
    expect(bench.told()).toHaveLength(1);
  });

  test("tells of a stall anew when the task has moved and stalled again", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", 0, { status: "running", percent: 40 });
    await bench.sweep();
    await bench.clock.advance(2 * hour);
    await bench.sweep();
    bench.turn("t-1", { status: "running", percent: 41 });
    await bench.sweep();
    expect((await bench.record("t-1"))?.stalledAtMs).toBeNull();
    await bench.clock.advance(2 * hour - minute);
    await bench.sweep();
    expect(bench.told()).toHaveLength(1);
    await bench.clock.advance(minute);
    await bench.sweep();
    expect(bench.told()).toEqual(["stalled t-1 running", "stalled t-1 running"]);
    expect(new Set(bench.bus.events.map(({ detail }) => detail.id)).size).toBe(2);
    bench.turn("t-1", { status: "succeeded" });
    await bench.sweep();
    expect(bench.told().at(-1)).toBe("completed t-1 succeeded");
  });

  test("never tells of a stall while progress moves that only the detail shows", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    const states = Array.from({ length: 90 }, (_, n) => ({
      status: "running" as const,
      percent: n,
      fromMs: noon + n * 10 * minute,
    }));
    bench.task("t-1", 0, ...states);
    for (let n = 0; n < 80; n += 1) {
      await bench.sweep();
      await bench.clock.advance(10 * minute);
    }
    expect(bench.told()).toEqual([]);
    expect(gets(bench).length).toBeLessThan(12);
  });

  test("notices by the detail that a stalled task has moved, and tells when it stalls anew", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-1", 0, { status: "running", percent: 40 });
    await bench.sweep();
    await bench.clock.advance(2 * hour);
    expect(await bench.sweep()).toMatchObject({ stalled: 1 });
    await bench.clock.advance(2 * hour);
    expect(await bench.sweep()).toMatchObject({ stalled: 0, published: 0 });
    await bench.clock.advance(hour);
    bench.turn("t-1", { status: "running", percent: 41 });
    await bench.clock.advance(hour);
    await bench.sweep();
    expect(await bench.record("t-1")).toMatchObject({ stalledAtMs: null, task: { progress: { percent: 41 } } });
    await bench.clock.advance(2 * hour);
    await bench.sweep();
    expect(bench.told()).toEqual(["stalled t-1 running", "stalled t-1 running"]);
  });

  test("records the ending that a detail shows before any list does", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-1", 0, { status: "running", percent: 40 });
    await bench.sweep();
    await bench.clock.advance(2 * hour);
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") bench.turn("t-1", { status: "succeeded" });
    };
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
  });

  test("reads at most so many details a sweep, of other tasks each time, until all have been read", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true, settings: { progressReadsPerSweep: 3 } });
    for (let n = 0; n < 10; n += 1) bench.task(`t-${n}`, 0, { status: "running", percent: n });
    for (let n = 0; n < 4; n += 1) {
      const before = gets(bench).length;
      await bench.sweep();
      expect(gets(bench).length - before).toBeLessThanOrEqual(3);
    }
    expect(new Set(gets(bench).flatMap(({ nativeIds }) => nativeIds)).size).toBe(10);
    expect(gets(bench)).toHaveLength(10);
  });

  for (const kind of ["malformed", "unavailable"] as const) {
    test(`reads the details of others beside those that never can be read (${kind})`, async () => {
      const numbers = Array.from({ length: 1000 }, (_, n) => ((n * 7919) % 1000) / 1000);
      const random = () => numbers.pop() ?? 0;
      const settings = { progressReadsPerSweep: 3 };
      const bench = createSweepBench(await tables.create(), { detailed: true, settings, random });
      for (let n = 0; n < 10; n += 1) bench.task(`t-${n}`, 0, { status: "running", percent: n });
      bench.cloud.onCall = ({ api, nativeIds }) => {
        if (api === "get" && ["t-0", "t-1", "t-2"].includes(nativeIds[0] ?? "")) throw new ProviderError(kind, "never");
      };
      for (let n = 0; n < 40; n += 1) await bench.sweep();
      const read = await Promise.all([3, 4, 5, 6, 7, 8, 9].map((n) => bench.record(`t-${n}`)));
      expect(read.map((record) => record?.detailRead)).toEqual(read.map(() => true));
    });
  }

  test("tells of every stall in the first sweep after the threshold where no detail needs to be read", async () => {
    const bench = createSweepBench(await tables.create());
    for (let n = 0; n < 50; n += 1) bench.task(`t-${n}`, 0, { status: "paused" });
    await bench.sweep();
    await bench.clock.advance(2 * hour);
    expect(await bench.sweep()).toMatchObject({ stalled: 50 });
    expect(new Set(bench.told()).size).toBe(50);
  });

  test("does not call a missing task stalled", async () => {
    const bench = createSweepBench(await tables.create(), {
      settings: { vanish: { minSweeps: 99, minMs: 99 * hour, watchMs: hour } },
    });
    bench.task("t-1", 0, { status: "running" });
    await bench.sweep();
    await bench.clock.advance(hour);
    bench.turn("t-1", { status: "gone" });
    await bench.sweep();
    await bench.clock.advance(3 * hour);
    await bench.sweep();
    expect(bench.told()).toEqual([]);
  });
});
