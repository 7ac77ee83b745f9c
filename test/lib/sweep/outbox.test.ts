import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";
import { createSweepBench, minute } from "../../fakes/sweep-bench.ts";
import type { SweepBench } from "../../fakes/sweep-bench.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const subject = (nativeId: string) => `aliyun:cn-hangzhou:${nativeId}`;
const eventIds = ({ bus }: SweepBench) => bus.events.map(({ detail }) => detail.id);

async function benchWithEndings(...nativeIds: string[]): Promise<SweepBench> {
  const bench = createSweepBench(await tables.create());
  for (const nativeId of nativeIds) bench.task(nativeId, minute, { status: "succeeded" });
  return bench;
}

describe("publishRecords()", () => {
  test("sends refused events again within the sweep, and only those", async () => {
    const bench = await benchWithEndings("t-1", "t-2", "t-3");
    let refusals = 0;
    bench.bus.refusal = ({ detail }) => (detail.subject === subject("t-2") && ++refusals < 3 ? "busy" : undefined);
    expect(await bench.sweep()).toMatchObject({ published: 3, refused: 0, problems: [] });
    expect(bench.bus.offers).toEqual([
      [subject("t-1"), subject("t-2"), subject("t-3")],
      [subject("t-2")],
      [subject("t-2")],
    ]);
    expect(new Set(eventIds(bench)).size).toBe(3);
    expect(bench.clock.sleeps).toEqual([400, 800]);
  });

  test("keeps what stays refused, fails loudly, and offers it again after a minute, then after two", async () => {
    const bench = await benchWithEndings("t-1", "t-2");
    bench.bus.refusal = ({ detail }) => (detail.subject === subject("t-2") ? "no" : undefined);
    const report = await bench.sweep();
    expect(report).toMatchObject({ published: 1, refused: 1 });
    expect(report.problems).toEqual([
      {
        kind: "undelivered",
        code: null,
        message: "the bus did not take 1 event; pending for the next sweeps",
        requestId: null,
        taskId: null,
      },
    ]);
    expect((await bench.record("t-2"))?.pending).toMatchObject([{ attempts: 1, lastProblem: "no" }]);

    const offersIn = async (ms: number) => {
      await bench.clock.advance(ms);
      bench.bus.offers.length = 0;
      await bench.sweep();
      return bench.bus.offers.length;
    };
    expect(await offersIn(minute - 1)).toBe(0);
    expect(await offersIn(1)).toBe(3);
    expect(await offersIn(2 * minute - 1)).toBe(0);
    bench.bus.refusal = () => undefined;
    expect(await offersIn(1)).toBe(1);
    expect(bench.told()).toEqual(["completed t-1 succeeded", "completed t-2 succeeded"]);
    expect((await bench.record("t-2"))?.pending).toEqual([]);
  });

  test("offers an event that is due without the one of the same task that has to wait", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", 0, { status: "running" });
    await bench.sweep();
    await bench.clock.advance(120 * minute);
    bench.bus.refusal = ({ detailType }) => (detailType === "Image Task Stalled" ? "no" : undefined);
    await bench.sweep();
    bench.turn("t-1", { status: "succeeded" });
    bench.bus.offers.length = 0;
    expect(await bench.sweep()).toMatchObject({ published: 1, refused: 0, problems: [] });
    expect(bench.bus.offers).toEqual([[subject("t-1")]]);
    bench.bus.refusal = () => undefined;
    await bench.clock.advance(minute);
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded", "stalled t-1 running"]);
  });

  test("repeats the same ids and bytes when answers are lost", async () => {
    const bench = await benchWithEndings("t-1");
    bench.bus.losesAnswers = true;
    await bench.sweep();
    await bench.clock.advance(minute);
    bench.bus.losesAnswers = false;
    await bench.sweep();
    expect(bench.bus.events).toHaveLength(4);
    expect(new Set(bench.bus.events.map((event) => JSON.stringify(event))).size).toBe(1);
    await bench.clock.advance(10 * minute);
    await bench.sweep();
    expect(bench.bus.events).toHaveLength(4);
  });

  test("loses nothing and changes no byte when the sweep dies before, while or after an event is sent", async () => {
    for (const moment of ["before", "after"] as const) {
      const bench = await benchWithEndings("t-1");
      const dying = new AbortController();
      if (moment === "after") bench.bus.losesAnswers = true;
      bench.bus.onPublish = () => {
        dying.abort(new Error("the process ends"));
        if (moment === "before") throw dying.signal.reason;
      };
      const cutOff = await bench.sweep({ signal: dying.signal });
      expect(cutOff).toMatchObject({ finished: false, problems: [{ kind: "internal" }] });
      const pending = (await bench.record("t-1"))?.pending;
      expect(pending).toMatchObject([{ attempts: 0 }]);

      bench.bus.onPublish = () => {};
      bench.bus.losesAnswers = false;
      await bench.clock.advance(minute);
      await bench.sweep();
      expect(bench.bus.events).toHaveLength(moment === "before" ? 1 : 2);
      for (const event of bench.bus.events) expect(JSON.stringify(event)).toBe(JSON.stringify(pending?.[0]?.event));
      expect((await bench.record("t-1"))?.pending).toEqual([]);
    }
  });
});

describe("publishDue()", () => {
  test("sends a backlog in portions of a hundred", { timeout: 30_000 }, async () => {
    const bench = await benchWithEndings(...Array.from({ length: 230 }, (_, n) => `t-${n}`));
    bench.bus.refusal = () => "down";
    await bench.sweep();
    bench.bus.refusal = () => undefined;
    bench.bus.offers.length = 0;
    await bench.clock.advance(minute);
    expect(await bench.sweep()).toMatchObject({ published: 230, problems: [] });
    expect(bench.bus.offers.map((offer) => offer.length).toSorted((a, b) => a - b)).toEqual([30, 100, 100]);
    expect(new Set(eventIds(bench)).size).toBe(230);
  });

  test("gives up for this sweep when the bus takes nothing, so that endings are still recorded", async () => {
    const bench = await benchWithEndings(...Array.from({ length: 130 }, (_, n) => `t-${n}`));
    bench.bus.refusal = () => "down";
    await bench.sweep();
    await bench.clock.advance(minute);
    bench.bus.offers.length = 0;
    bench.task("late", 0, { status: "failed" });
    const report = await bench.sweep();
    expect(report).toMatchObject({ published: 0, completed: 1 });
    expect(bench.bus.offers.filter((offer) => offer.length === 100)).toHaveLength(3);
    expect(await bench.status("late")).toBe("failed");
  });

  test("starts nothing after the sweep's time", async () => {
    const bench = await benchWithEndings("t-1");
    bench.bus.refusal = () => "down";
    await bench.sweep();
    await bench.clock.advance(minute);
    const calls = bench.bus.offers.length + bench.cloud.calls.length;
    expect(await bench.sweep({ stopAtMs: bench.clock.now() })).toMatchObject({ finished: false, problems: [] });
    expect(bench.bus.offers.length + bench.cloud.calls.length).toBe(calls);
  });
});
