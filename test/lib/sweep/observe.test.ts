import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { UnreadableRow } from "../../../lib/domain/provider.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import { unknownProgress } from "../../../lib/domain/task.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { stateDigestOf } from "../../../lib/domain/transition.ts";
import { observePostponed, observeRows } from "../../../lib/sweep/observe.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { write } from "../../fakes/ledger-contract.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createSweepBench, hour, minute, noon, sweepWith } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";
import { recordOf } from "../../fakes/task-book.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const unavailable = () => new ProviderError("unavailable", "no answer");
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

  test("emits the completion of a task that ended before it was first seen, and invents no end time", async () => {
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

  test("emits a discovery event when enabled", async () => {
    const bench = createSweepBench(await tables.create(), { settings: { announceDiscovered: true } });
    bench.task("t-1", hour, { status: "running" });
    bench.task("t-2", hour, { status: "failed" });
    await bench.sweepFor(2 * minute);
    expect(bench.told().toSorted()).toEqual(["completed t-2 failed", "discovered t-1 running"]);
  });

  test("reads the details of rows that only say that a task has ended", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-1", hour, { status: "succeeded", percent: 100 });
    bench.task("t-2", hour, { status: "failed", error: oss });
    expect(await bench.sweep()).toMatchObject({ completed: 2, unknown: 0, problems: [] });
    expect(bench.told().toSorted()).toEqual(["completed t-1 succeeded", "completed t-2 failed"]);
    expect((await bench.record("t-2"))?.task.error).toEqual(oss);
    expect((await bench.record("t-1"))?.task.progress.percent).toBe(100);
  });

  test(
    "keeps a task open while its outcome is unreadable, without affecting other tasks",
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

      // Finished means neither success nor failure, however long the outcome stays unread.
      await bench.sweepFor(90 * minute);
      expect(await bench.status("t-1")).toBe("unknown");
      expect(bench.told()).toHaveLength(2);

      bench.cloud.onCall = () => {};
      await bench.sweepFor(hour);
      expect(bench.told().at(-1)).toBe("completed t-1 succeeded");
    },
  );

  test("waits for a failure's reason during its grace period, from when the failure was first seen", async () => {
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

  test("does not wait for a failure's reason until a clock that ran hours ahead is caught up with", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-1", minute, { status: "failed", error: oss });
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") throw unavailable();
    };
    await bench.sweep();
    const waiting = await bench.record("t-1");
    if (waiting === undefined) throw new Error("not recorded");
    const ahead = { ...waiting, revision: 2, lastMovedAtMs: bench.clock.now() + 12 * hour };
    await bench.ledger.writeTask(ahead, 1, new AbortController().signal);
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 failed"]);
  });

  test("does not count details as read when reading them failed", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-1", minute, { status: "failed", error: oss });
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") throw unavailable();
    };
    await bench.sweep();
    expect(await bench.record("t-1")).toMatchObject({ detailRead: false, task: { status: "unknown" } });
  });

  test("ignores a task that is no longer tracked", async () => {
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

  test("never changes an ended task", async () => {
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

  test("leaves tasks to the next sweep when the time is up, and keeps the checkpoint", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    for (let n = 0; n < 40; n += 1) bench.task(`t-${n}`, hour, { status: "succeeded" });
    bench.cloud.onCall = async ({ api }) => {
      if (api === "get") await bench.clock.sleep(10_000);
    };
    const report = await bench.sweep({ stopAtMs: noon + 10_000 });
    expect(report).toMatchObject({ finished: false, problems: [] });
    expect(report.completed).toBeGreaterThan(0);
    expect(report.completed).toBeLessThan(40);
    expect(await bench.checkpointMs()).toBeLessThan(noon - hour);
    await bench.sweep();
    expect(new Set(bench.told()).size).toBe(40);
    expect(bench.told()).toHaveLength(40);
    expect(await bench.checkpointMs()).toBeGreaterThan(noon);
  });

  test("records the others when one record is too large for the ledger", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "failed", error: { code: "x", message: "x".repeat(410_000) } });
    bench.task("t-2", minute, { status: "succeeded" });
    bench.task("t-3", 3 * 24 * hour, { status: "running" });
    const report = await bench.sweep();
    expect(report.problems).toMatchObject([{ kind: "internal", taskId: "aliyun:cn-hangzhou:t-1" }]);
    expect(bench.told()).toEqual(["completed t-2 succeeded"]);
    expect(await bench.checkpointMs()).toBeLessThan(noon);
  });
});

describe("observeRows() called directly", () => {
  const signal = new AbortController().signal;
  const id = (nativeId: string) => `aliyun:cn-hangzhou:${nativeId}`;

  interface Shown {
    readonly needsDetail?: boolean;
    readonly unreadable?: readonly UnreadableRow[];
    readonly forMs?: number;
  }

  async function observe(bench: SweepBench, tasks: readonly Task[], shown: Shown = {}) {
    const { needsDetail = false, unreadable = [], forMs = hour } = shown;
    const report = emptyReport("aliyun:cn-hangzhou");
    const { records: known } = await bench.ledger.readTasks(
      tasks.map((task) => task.id),
      signal,
    );
    const run = { signal, stopAtMs: bench.clock.now() + forMs };
    const sweep = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    const rows = { sightings: tasks.map((task) => ({ task, needsDetail })), unreadable };
    const complete = await observeRows(rows, known, sweep);
    await observePostponed(sweep);
    return { complete, report };
  }

  const ended = (nativeId = "t-1") => sampleTask({ nativeId, status: "failed", nativeStatus: "Failed" });
  const gets = ({ cloud }: SweepBench) => cloud.calls.filter(({ api }) => api === "get").length;

  test("is complete when there is nothing to record, and when every unreadable row with an id is recorded", async () => {
    const bench = createSweepBench(await tables.create());
    expect(await observe(bench, [])).toEqual({ complete: true, report: emptyReport("aliyun:cn-hangzhou") });
    const unreadable = [
      { nativeId: "t-7", reason: "Status is missing" },
      { nativeId: null, reason: "TaskId is missing" },
    ];
    const { complete, report } = await observe(bench, [ended()], { unreadable });
    expect(complete).toBe(true);
    expect([report.completed, report.unreadable, report.unknown]).toEqual([1, 2, 1]);
    expect(report.problems).toEqual([
      { kind: "unreadable", code: null, message: "Status is missing", requestId: null, taskId: id("t-7") },
    ]);
    const again = await observe(bench, [], { unreadable });
    expect([again.complete, again.report.unreadable, again.report.problems]).toEqual([true, 2, []]);
  });

  test("is not complete when there was no time", async () => {
    const bench = createSweepBench(await tables.create());
    const { complete, report } = await observe(bench, [ended()], { forMs: 0 });
    expect([complete, report.finished, report.changed]).toEqual([false, false, 0]);
    expect((await observe(bench, [ended()])).complete).toBe(true);
  });

  test("reads details of vanished tasks but not of ended or untracked ones", async () => {
    const bench = createSweepBench(await tables.create());
    await observe(bench, [ended("t-1"), sampleTask({ nativeId: "t-2" }), sampleTask({ nativeId: "t-3" })]);
    const change = async (nativeId: string, wanted: object, task: Partial<Task>) => {
      const known = await bench.record(nativeId);
      if (known === undefined) throw new Error("not recorded");
      const next = { ...known, ...wanted, task: { ...known.task, ...task }, revision: 2 };
      await bench.ledger.writeTask(next, 1, signal);
    };
    await change("t-2", { tracking: "untracked" }, {});
    await change("t-3", {}, { status: "vanished", done: true });
    const reads = bench.counts.taskWrites;
    await observe(bench, [ended("t-1"), ended("t-2")], { needsDetail: true });
    expect([gets(bench), bench.counts.taskWrites]).toEqual([0, reads]);
    await observe(bench, [ended("t-3")], { needsDetail: true });
    expect(gets(bench)).toBe(1);
    expect(await bench.record("t-3")).toMatchObject({ generation: 2, task: { status: "failed" } });
  });

  test("reads details of a row that needs them but not of an unchanged row", async () => {
    const bench = createSweepBench(await tables.create());
    await observe(bench, [sampleTask()]);
    await observe(bench, [sampleTask()]);
    expect(gets(bench)).toBe(0);
    await observe(bench, [sampleTask()], { needsDetail: true });
    expect(gets(bench)).toBe(1);
  });

  test("counts an unknown status when it is new, and not again while the row is unchanged", async () => {
    const bench = createSweepBench(await tables.create());
    const odd = sampleTask({ status: "unknown", nativeStatus: "Odd" });
    expect((await observe(bench, [odd])).report.unknown).toBe(1);
    expect((await observe(bench, [odd])).report.unknown).toBe(0);
  });

  test.each([
    ["a sub-operation still runs", "a sub-operation still runs"],
    [null, "the detail does not say how the task ended"],
  ])("asks again later when the detail gives no outcome but the reason %j", async (statusReason, expected) => {
    const bench = createSweepBench(await tables.create());
    const puzzling = sampleTask({ status: "unknown", nativeStatus: "Finished", statusReason });
    let reads = 0;
    bench.cloud.get = async () => {
      reads += 1;
      return puzzling;
    };
    const look = () => observe(bench, [{ ...puzzling, statusReason: "only a row" }], { needsDetail: true });
    expect((await look()).report.problems).toEqual([]);
    await look();
    expect(reads).toBe(1);
    expect((await bench.record("t-1"))?.task).toMatchObject({ status: "unknown", statusReason: expected });
    await bench.clock.advance(minute);
    await look();
    await bench.clock.advance(minute);
    await look();
    expect(reads).toBe(2);
  });

  test("records the row when the provider has no details of the task", async () => {
    const bench = createSweepBench(await tables.create());
    const { complete, report } = await observe(bench, [ended()], { needsDetail: true });
    expect([complete, report.completed, report.problems]).toEqual([true, 1, []]);
    expect(await bench.record("t-1")).toMatchObject({ detailRead: false, task: { status: "failed" } });
  });

  test.each<[string, Task["resource"], Task["resource"], Task["resource"]]>([
    [
      "the detail names one",
      { type: "image", id: "m-1", name: null },
      { type: "image", id: "m-2", name: "row" },
      { type: "image", id: "m-1", name: null },
    ],
    ["the detail has none", null, { type: "image", id: "m-2", name: "row" }, { type: "image", id: "m-2", name: "row" }],
    [
      "the detail has one without an id",
      { type: "image", id: null, name: "detail" },
      { type: "image", id: "m-2", name: "row" },
      { type: "image", id: "m-2", name: "row" },
    ],
    [
      "the row has none",
      { type: "image", id: null, name: "detail" },
      null,
      { type: "image", id: null, name: "detail" },
    ],
    ["neither has one", null, null, null],
  ])("reports the resource when %s", async (_case, detailed, row, expected) => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.get = async () => ({ ...ended(), resource: detailed });
    await observe(bench, [{ ...ended(), resource: row }], { needsDetail: true });
    expect(await bench.record("t-1")).toMatchObject({ detailRead: true, task: { resource: expected } });
  });

  test.each([
    [30 * minute - 1, "unknown", false],
    [30 * minute, "failed", true],
  ])("%d ms after the row first showed the end, an unread outcome is %s", async (waitedMs, status, done) => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.onCall = () => Promise.reject(unavailable());
    await observe(bench, [ended()], { needsDetail: true });
    expect((await bench.record("t-1"))?.task).toMatchObject({
      status: "unknown",
      statusReason: "the detail cannot be read: unavailable: no answer",
      done: false,
      error: null,
    });
    await bench.clock.advance(waitedMs);
    const { report } = await observe(bench, [{ ...ended(), error: oss }], { needsDetail: true });
    expect(report.problems).toMatchObject([{ kind: "unavailable", taskId: id("t-1") }]);
    expect((await bench.record("t-1"))?.task).toMatchObject({
      status,
      statusReason: done ? null : "the detail cannot be read: unavailable: no answer",
      done,
      error: done ? oss : null,
    });
  });

  test("rethrows errors that are not the provider's after recording and publishing the others", async () => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.get = async (nativeId) => {
      if (nativeId === "t-1") throw new TypeError("a bug");
      return ended(nativeId);
    };
    const tasks = [ended("t-1"), ended("t-2")];
    await expect(observe(bench, tasks, { needsDetail: true })).rejects.toThrow("a bug");
    expect(bench.told()).toEqual(["completed t-2 failed"]);
    expect((await bench.record("t-2"))?.pending).toEqual([]);
  });

  /** What is recorded of `ended()`, whose detail an earlier sweep could not read. */
  const awaited = (wanted: Partial<TaskRecord> = {}): TaskRecord =>
    recordOf(sampleTask({ status: "unknown", nativeStatus: "Failed" }), {
      rowDigest: stateDigestOf(ended()),
      lastMovedAtMs: noon - minute,
      awaitedDetail: { sinceMs: noon - minute, failures: 1, notBeforeMs: noon, problem: "no answer" },
      ...wanted,
    });

  function knowing(known: TaskRecord, options: BenchOptions = {}) {
    const bench = createSweepBench({ ledger: createMemoryLedger }, { detailed: true, ...options });
    const report = emptyReport("aliyun:cn-hangzhou");
    const run = { signal, stopAtMs: noon + hour };
    const sweep = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    const rows = { sightings: [{ task: ended(), needsDetail: true }], unreadable: [] };
    const observed = async () => {
      await write(bench.ledger, known);
      return observeRows(rows, new Map([[known.task.id, known]]), sweep);
    };
    return { bench, sweep, report, observed };
  }

  const untried = { sinceMs: noon - minute, failures: 0, notBeforeMs: noon, problem: null };

  test.each<[string, Partial<TaskRecord>, number]>([
    ["could not be read before", {}, 0],
    ["could not be read before, of a task that was missing", { missing: { count: 1, sinceMs: noon } }, 1],
    ["could not be read before, of a row that has changed", { rowDigest: "another" }, 1],
    ["was never tried", { awaitedDetail: untried }, 1],
  ])("reads the detail that %s among the first: %j %d", async (_what, wanted, first) => {
    const { bench, sweep, observed } = knowing(awaited(wanted));
    await observed();
    expect(gets(bench)).toBe(first);
    await observePostponed(sweep);
    expect(gets(bench)).toBe(1);
  });

  test("counts a listed task that was reported as stalled while it waits for its detail", async () => {
    const { report, observed } = knowing(awaited({ stalledAtMs: noon - minute }));
    await observed();
    expect(report.detailUnreadable).toBe(1);
  });

  test("waits for no other detail once the detail says that the task still runs", async () => {
    const { bench, observed } = knowing(awaited({ awaitedDetail: untried }));
    bench.cloud.get = async () => sampleTask({ progress: { ...unknownProgress, percent: 7 } });
    await observed();
    const { awaitedDetail, task } = (await bench.record("t-1")) ?? {};
    expect([awaitedDetail, task?.status, task?.statusReason]).toEqual([undefined, "running", null]);
  });

  test.each([
    ["could not be read", {}, "failed"],
    ["was not requested, because the time for details is spent", { detailBudgetMs: 0 }, "unknown"],
  ])("after the grace period, a failure whose reason %s is recorded (%j) as %s", async (_what, settings, status) => {
    const known = awaited({ lastMovedAtMs: noon - hour, missing: { count: 1, sinceMs: noon }, detailRead: false });
    const { bench, observed } = knowing(known, { settings });
    bench.cloud.get = () => Promise.reject(unavailable());
    await observed();
    expect(await bench.record("t-1")).toMatchObject({ task: { status }, detailRead: false });
  });

  test("publishes events in tens, while the details of others are still read", async () => {
    const bench = createSweepBench(await tables.create());
    await observe(
      bench,
      Array.from({ length: 23 }, (_, n) => ended(`t-${n}`)),
    );
    expect(bench.bus.offers.map((offered) => offered.length)).toEqual([10, 10, 3]);
  });

  test("throws when the ledger fails completely", async () => {
    const bench = createSweepBench(await tables.create(), {
      wrapLedger: (ledger) => ({ ...ledger, writeTask: () => Promise.reject(new Error("no ledger")) }),
    });
    await expect(observe(bench, [ended()])).rejects.toThrow("no ledger");
  });
});
