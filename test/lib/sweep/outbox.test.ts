import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RecordRefusedError } from "../../../lib/ledger/ledger.ts";
import { countPending, publishDue, publishRecords } from "../../../lib/sweep/outbox.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import type { TargetReport, TargetSweep } from "../../../lib/sweep/target-sweep.ts";
import { createSweepBench, hour, minute, sweepWith } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";
import { readingOf } from "../../fakes/task-reading.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const subject = (nativeId: string) => `aliyun:cn-hangzhou:${nativeId}`;
const eventIds = ({ bus }: SweepBench) => bus.events.map(({ detail }) => detail.id);

const names = (count: number) => Array.from({ length: count }, (_, n) => `t-${String(n).padStart(3, "0")}`);
const sweepOf = ({ cloud, deps, clock }: SweepBench, forMs: number): TargetSweep =>
  sweepWith({
    provider: cloud,
    deps,
    run: { signal: new AbortController().signal, stopAtMs: clock.now() + forMs },
    report: emptyReport("aliyun:cn-hangzhou"),
  });

async function benchWithEndings(...nativeIds: string[]): Promise<SweepBench> {
  const bench = createSweepBench(await tables.create());
  for (const nativeId of nativeIds) bench.task(nativeId, minute, { status: "succeeded" });
  return bench;
}

/** Recorded completions that are due and not yet delivered. */
async function benchWithBacklog(count: number, options: BenchOptions = {}): Promise<SweepBench> {
  const bench = createSweepBench(await tables.create(), options);
  for (const nativeId of names(count)) bench.task(nativeId, minute, { status: "succeeded" });
  bench.bus.refusal = () => "down";
  await bench.sweep();
  bench.bus.refusal = () => undefined;
  bench.bus.offers.length = 0;
  await bench.clock.advance(minute);
  return bench;
}

async function due(bench: SweepBench, forMs = hour): Promise<TargetReport> {
  const sweep = sweepOf(bench, forMs);
  await publishDue(sweep);
  return sweep.report;
}

describe("publishRecords()", () => {
  test("sends only the refused events again within the sweep", async () => {
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

  test("reports how many events the bus refused", async () => {
    const bench = await benchWithEndings("t-1", "t-2");
    bench.bus.refusal = () => "no";
    expect((await bench.sweep()).problems.map(({ message }) => message)).toEqual([
      "the bus did not accept 2 events; the next sweeps offer them again",
    ]);
  });

  test("keeps refused events, reports the failure, and sends them again after one and then two minutes", async () => {
    const bench = await benchWithEndings("t-1", "t-2");
    bench.bus.refusal = ({ detail }) => (detail.subject === subject("t-2") ? "no" : undefined);
    const report = await bench.sweep();
    expect(report).toMatchObject({ published: 1, refused: 1 });
    expect(report.problems).toEqual([
      {
        kind: "undelivered",
        code: null,
        message: "the bus did not accept 1 event; the next sweeps offer them again",
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

  test("sends a due event without the same task's postponed event", async () => {
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

  test("sends identical ids and bytes when responses are lost", async () => {
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

  test("loses nothing and changes no byte when the sweep crashes before, during, or after sending", async () => {
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

describe("publishRecords() called directly", () => {
  async function publish(bench: SweepBench, forMs = hour): Promise<TargetReport> {
    const sweep = sweepOf(bench, forMs);
    const records = await Promise.all(names(2).map((nativeId) => bench.record(nativeId)));
    const known = records.flatMap((record) => (record === undefined ? [] : [record]));
    await publishRecords(known, sweep);
    return sweep.report;
  }

  test("makes no call and no write when no event is due", async () => {
    const bench = createSweepBench(await tables.create());
    for (const nativeId of names(2)) bench.task(nativeId, minute, { status: "running" });
    await bench.sweep();
    const { taskWrites } = bench.counts;
    expect(await publish(bench)).toEqual(emptyReport("aliyun:cn-hangzhou"));
    expect(bench.bus.offers).toEqual([]);
    expect(bench.counts.taskWrites).toBe(taskWrites);
  });

  test("counts an event without a result as refused and records that in the ledger", async () => {
    const bench = await benchWithBacklog(2);
    const { bus } = bench;
    const publishAll = bus.publish.bind(bus);
    bus.publish = async (events, signal) =>
      (await publishAll(events, signal)).filter((_, n) => events[n]?.detail.subject !== subject("t-001"));
    expect(await publish(bench)).toMatchObject({ published: 1, refused: 1 });
    expect(bus.offers.map((offer) => offer.length)).toEqual([2, 1, 1]);
    expect((await bench.record("t-000"))?.pending).toEqual([]);
    expect((await bench.record("t-001"))?.pending).toMatchObject([
      { attempts: 2, lastProblem: "the bus gave no result for this event" },
    ]);
  });

  test.each([
    [1000, 1],
    [1001, 2],
  ])("with %d ms left and a bus that takes one second to refuse, sends %d times", async (forMs, offers) => {
    const bench = await benchWithBacklog(2);
    bench.bus.refusal = () => "down";
    bench.bus.onPublish = async () => {
      if (bench.bus.offers.length === 1) await bench.clock.sleep(1000);
    };
    await publish(bench, forMs);
    expect(bench.bus.offers).toHaveLength(offers);
  });

  test("records the other deliveries when one record cannot be written, and reports it", async () => {
    let refusing = false;
    const bench = await benchWithBacklog(2, {
      wrapLedger: (ledger) => ({
        ...ledger,
        async writeTask(record, expected, signal) {
          if (refusing && record.task.nativeId === "t-000") throw new RecordRefusedError("too large");
          return ledger.writeTask(record, expected, signal);
        },
      }),
    });
    refusing = true;
    const report = await publish(bench);
    expect(report).toMatchObject({ published: 2, problems: [{ kind: "internal", taskId: subject("t-000") }] });
    expect((await bench.record("t-000"))?.pending).toHaveLength(1);
    expect((await bench.record("t-001"))?.pending).toEqual([]);
  });

  test("rethrows errors that do not concern a single record", async () => {
    let down = false;
    const bench = await benchWithBacklog(2, {
      wrapLedger: (ledger) => ({
        ...ledger,
        writeTask: (record, expected, signal) =>
          down ? Promise.reject(new Error("no ledger")) : ledger.writeTask(record, expected, signal),
      }),
    });
    down = true;
    await expect(publish(bench)).rejects.toThrow("no ledger");
  });

  test("writes nothing for a removed record", async () => {
    let gone = false;
    const bench = await benchWithBacklog(2, {
      wrapLedger: (ledger) => ({
        ...ledger,
        readTasks: async (ids, signal) => (gone ? readingOf(new Map()) : ledger.readTasks(ids, signal)),
        writeTask: async (record, expected, signal) => !gone && ledger.writeTask(record, expected, signal),
      }),
    });
    bench.bus.onPublish = () => {
      gone = true;
    };
    expect(await publish(bench)).toMatchObject({ published: 2, problems: [] });
  });
});

describe("countPending()", () => {
  test("counts the tasks with an unpublished event, due or not, over all pages", async () => {
    const bench = await benchWithBacklog(5, {
      wrapLedger: (ledger) => ({
        ...ledger,
        async *tasksWithDueEvents(target, nowMs, signal) {
          for await (const ids of ledger.tasksWithDueEvents(target, nowMs, signal)) {
            yield ids.slice(0, 2);
            yield ids.slice(2);
          }
        },
      }),
    });
    expect(await countPending(sweepOf(bench, 0))).toBe(5);
    await due(bench);
    expect(await countPending(sweepOf(bench, 0))).toBe(0);
    const refusing = await benchWithBacklog(3);
    refusing.bus.refusal = () => "down";
    expect(await refusing.sweep()).toMatchObject({ refused: 3, pendingEvents: 3 });
  });
});

describe("publishDue()", () => {
  test("publishes an event at once that a clock twelve hours ahead postponed", async () => {
    const bench = await benchWithBacklog(1);
    const record = await bench.record("t-000");
    if (record === undefined) throw new Error("not recorded");
    const pending = record.pending.map((entry) => ({ ...entry, nextAttemptAtMs: bench.clock.now() + 12 * hour }));
    const postponed = { ...record, revision: record.revision + 1, pending };
    await bench.ledger.writeTask(postponed, record.revision, new AbortController().signal);
    expect(await due(bench)).toMatchObject({ published: 1 });
    expect((await bench.record("t-000"))?.pending).toEqual([]);
  });

  test("sends a backlog in batches of one hundred", { timeout: 30_000 }, async () => {
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

  test("stops for this sweep when the bus accepts nothing, so that completions are still recorded", async () => {
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

  test("sends nothing after the sweep's time is up", async () => {
    const bench = await benchWithEndings("t-1");
    bench.bus.refusal = () => "down";
    await bench.sweep();
    await bench.clock.advance(minute);
    const calls = bench.bus.offers.length + bench.cloud.calls.length;
    expect(await bench.sweep({ stopAtMs: bench.clock.now() })).toMatchObject({ finished: false, problems: [] });
    expect(bench.bus.offers.length + bench.cloud.calls.length).toBe(calls);
  });

  test("stops after a batch of which the bus accepts nothing", async () => {
    const bench = await benchWithBacklog(130);
    bench.bus.refusal = () => "down";
    expect(await due(bench)).toMatchObject({ published: 0, refused: 100, finished: true });
    expect(bench.bus.offers.map((offer) => offer.length)).toEqual([100, 100, 100]);
  });

  test("continues while the bus accepts some events of a batch", async () => {
    const bench = await benchWithBacklog(101);
    bench.bus.refusal = ({ detail }) => (detail.subject === subject("t-000") ? "no" : undefined);
    expect(await due(bench)).toMatchObject({ published: 100, refused: 1 });
  });

  test("continues when a batch has nothing left to send", async () => {
    const stale = names(100).map((nativeId) => `aliyun:cn-hangzhou:gone-${nativeId}`);
    const bench = await benchWithBacklog(1, {
      wrapLedger: (ledger) => ({
        ...ledger,
        async *tasksWithDueEvents(target, nowMs, signal) {
          for await (const ids of ledger.tasksWithDueEvents(target, nowMs, signal)) yield [...stale, ...ids];
        },
      }),
    });
    expect(await due(bench)).toMatchObject({ published: 1, refused: 0 });
  });

  test("reads no more batches than there are", async () => {
    const reads: number[] = [];
    const bench = await benchWithBacklog(100, {
      wrapLedger: (ledger) => ({
        ...ledger,
        readTasks(ids, signal) {
          reads.push(ids.length);
          return ledger.readTasks(ids, signal);
        },
      }),
    });
    reads.length = 0;
    await due(bench);
    expect(reads).toEqual([100]);
  });

  test("starts no further batch when its time is up", async () => {
    const bench = await benchWithBacklog(130);
    bench.bus.onPublish = () => bench.clock.sleep(minute);
    expect(await due(bench, minute)).toMatchObject({ published: 100, finished: false });
    expect(bench.bus.offers).toHaveLength(1);
  });

  test("sends only due events", async () => {
    const bench = await benchWithBacklog(2);
    bench.bus.refusal = ({ detail }) => (detail.subject === subject("t-001") ? "no" : undefined);
    await due(bench);
    bench.bus.offers.length = 0;
    bench.bus.refusal = () => undefined;
    expect(await due(bench)).toMatchObject({ published: 0, refused: 0 });
    await bench.clock.advance(2 * minute);
    expect(await due(bench)).toMatchObject({ published: 1, refused: 0 });
    expect(bench.bus.offers).toEqual([[subject("t-001")]]);
  });
});
