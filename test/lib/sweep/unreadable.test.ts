import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { UnreadableRow } from "../../../lib/domain/provider.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { RecordRefusedError } from "../../../lib/ledger/ledger.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { isForeign, namedIds, recordUnreadable } from "../../../lib/sweep/unreadable.ts";
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

const reason = "the provider's row cannot be read: Status is missing";

/** Adds rows to every page of the bench's windows. */
function alsoList(bench: SweepBench, rows: () => readonly UnreadableRow[]): void {
  const { list } = bench.cloud;
  bench.cloud.list = async function* (query, signal) {
    const added = query.openOnly === true ? [] : rows();
    for await (const page of list(query, signal)) yield { ...page, unreadable: [...page.unreadable, ...added] };
  };
}

describe("an unreadable row with an id", () => {
  test("is recorded as a task of unknown status with the reason, reported once, and counted in every sweep", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("bad", minute, { status: "unreadable" });
    const first = await bench.sweep();
    expect(first).toMatchObject({ unreadable: 1, unknown: 1, problems: [{ kind: "unreadable" }] });
    expect((await bench.record("bad"))?.task).toMatchObject({ status: "unknown", statusReason: reason, done: false });
    const { taskWrites } = bench.counts;
    await bench.clock.advance(hour);
    expect(await bench.sweep()).toMatchObject({ unreadable: 1, unknown: 0, problems: [] });
    expect(bench.counts.taskWrites).toBe(taskWrites);
    expect(bench.told()).toEqual([]);
    expect(await bench.checkpointMs()).toBeGreaterThan(noon);
  });

  test("announces the discovery when discoveries are announced", async () => {
    const bench = createSweepBench(await tables.create(), { settings: { announceDiscovered: true } });
    bench.task("bad", minute, { status: "unreadable" });
    await bench.sweepFor(3 * minute);
    expect(bench.told()).toEqual(["discovered bad unknown"]);
  });

  test("completes once when it becomes readable, long after it has left the list", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("bad", minute, { status: "unreadable" });
    await bench.sweep();
    await bench.clock.advance(30 * hour);
    bench.turn("bad", { status: "succeeded" });
    await bench.sweepFor(5 * minute);
    expect(bench.told().filter((told) => !told.startsWith("stalled"))).toEqual(["completed bad succeeded"]);
    expect((await bench.record("bad"))?.task).toMatchObject({ statusReason: null, action: "import-image" });
  });

  test("stalls and vanishes like other tasks", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("bad", minute, { status: "unreadable" });
    await bench.sweep();
    await bench.clock.advance(3 * hour);
    await bench.sweepFor(5 * minute);
    expect(bench.told()).toEqual(["stalled bad unknown"]);
    bench.turn("bad", { status: "gone" });
    await bench.sweepFor(15 * minute);
    expect(bench.told()).toEqual(["stalled bad unknown", "vanished bad vanished"]);
    expect((await bench.record("bad"))?.task.statusReason).toBeNull();
  });

  test("makes a recorded task unknown but keeps what is known of it", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", 5 * hour, { status: "running", percent: 40 });
    await bench.sweep();
    bench.turn("t-1", { status: "unreadable" });
    await bench.sweepFor(5 * minute);
    expect((await bench.record("t-1"))?.task).toMatchObject({
      status: "unknown",
      statusReason: reason,
      nativeStatus: "native-running",
      progress: { percent: 40 },
      resource: { id: "m-t-1" },
    });
    bench.turn("t-1", { status: "failed", error: { code: "OSSReadFailed", message: "no" } });
    await bench.sweepFor(2 * minute);
    expect(bench.told()).toEqual(["completed t-1 failed"]);
  });

  test("changes nothing about a task that has ended", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "succeeded" });
    await bench.sweep();
    const ended = await bench.record("t-1");
    bench.turn("t-1", { status: "unreadable" });
    await bench.clock.advance(minute);
    expect(await bench.sweep()).toMatchObject({ unreadable: 1, problems: [], changed: 0 });
    expect(await bench.record("t-1")).toEqual(ended);
    expect(await bench.checkpointMs()).toBeGreaterThan(noon);
  });

  test("is given up silently when it turns out to be a task that the sweep does not look for", async () => {
    const bench = createSweepBench(await tables.create());
    const disk = { createdAtMs: noon, nativeAction: "ModifyDiskSpec" };
    bench.cloud.tasks.set("disk", { ...disk, states: [{ status: "unreadable" }] });
    await bench.sweep();
    bench.cloud.tasks.set("disk", { ...disk, states: [{ status: "succeeded" }] });
    await bench.sweepFor(5 * minute);
    expect(bench.told()).toEqual([]);
    expect(await bench.record("disk")).toMatchObject({ tracking: "untracked" });
  });

  test("holds the checkpoint while it could not be recorded", async () => {
    let refuses = true;
    const bench = createSweepBench(await tables.create(), {
      wrapLedger: (ledger) => ({
        ...ledger,
        writeTask: async (...given) => !refuses && ledger.writeTask(...given),
      }),
    });
    await bench.sweep();
    bench.task("bad", 0, { status: "unreadable" });
    await bench.clock.advance(minute);
    expect(await bench.sweep()).toMatchObject({ problems: [{ kind: "internal" }] });
    expect(await bench.checkpointMs()).toBeLessThanOrEqual(noon + minute / 2);
    refuses = false;
    await bench.sweep();
    expect(await bench.status("bad")).toBe("unknown");
    expect(await bench.checkpointMs()).toBeGreaterThan(noon + minute / 2);
  });
});

describe("an unreadable row without an id", () => {
  const nameless: UnreadableRow = { nativeId: null, reason: "TaskId is missing" };

  test("holds the checkpoint and is a problem for an hour, and then is only counted", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweep();
    const heldMs = await bench.checkpointMs();
    await bench.clock.advance(minute);
    alsoList(bench, () => [nameless]);
    for (let waited = 0; waited < 60; waited += 20) {
      expect(await bench.sweep()).toMatchObject({ unreadable: 1, problems: [{ kind: "unreadable", taskId: null }] });
      expect(await bench.checkpointMs()).toBe(heldMs);
      await bench.clock.advance(20 * minute);
    }
    expect(await bench.sweep()).toMatchObject({ unreadable: 1, problems: [] });
    expect(await bench.checkpointMs()).toBe(noon + 61 * minute);
  });

  test("holds it for an hour again after a sweep without such rows, but not after one that broke off", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweep();
    let rows = [nameless];
    alsoList(bench, () => rows);
    await bench.sweep();
    await bench.clock.advance(hour);
    bench.cloud.onCall = () => Promise.reject(new ProviderError("unavailable", "down"));
    await bench.sweep();
    bench.cloud.onCall = () => {};
    expect((await bench.sweep()).problems).toEqual([]);
    rows = [];
    await bench.sweep();
    rows = [nameless];
    expect((await bench.sweep()).problems).toHaveLength(1);
  });

  test("includes a row whose id does not have the provider's format", async () => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.nativeIdProblem = (nativeId) => (nativeId.startsWith("t-") ? undefined : "must begin with t-");
    alsoList(bench, () => [{ nativeId: "odd id…", reason: "Status is missing" }]);
    expect(await bench.sweep()).toMatchObject({
      nameless: 4,
      problems: [1, 2, 3, 4].map(() => ({ kind: "unreadable" })),
    });
    expect(await bench.record("odd id…")).toBeUndefined();
  });
});

describe("recordUnreadable() called directly", () => {
  const bad: UnreadableRow = { nativeId: "bad", reason: "Status is missing" };

  function setUp({ forMs = hour, ...options }: BenchOptions & { readonly forMs?: number } = {}) {
    const ledger = createMemoryLedger();
    const bench = createSweepBench({ ledger: () => ledger }, options);
    const sweepFor = (ms: number) => {
      const run = { signal: new AbortController().signal, stopAtMs: bench.clock.now() + ms };
      const report = emptyReport("aliyun:cn-hangzhou");
      return sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    };
    return { bench, sweep: sweepFor(forMs), late: sweepFor(0) };
  }

  test("publishes the discovery at once, and counts no detail as read", async () => {
    const { bench, sweep } = setUp({ settings: { announceDiscovered: true } });
    expect(await recordUnreadable([bad], sweep)).toBe(true);
    expect(bench.told()).toEqual(["discovered bad unknown"]);
    expect((await bench.record("bad"))?.detailRead).toBe(false);
  });

  test("leaves a new row to the next sweep when the time is up, but not one that is recorded", async () => {
    const { bench, sweep, late } = setUp();
    expect(await recordUnreadable([bad], late)).toBe(false);
    expect([late.report.finished, await bench.record("bad")]).toEqual([false, undefined]);
    await recordUnreadable([bad], sweep);
    late.report.finished = true;
    expect(await recordUnreadable([bad], late)).toBe(true);
    expect(late.report.finished).toBe(true);
  });

  test("finds a task again that was missing, although its row is the same", async () => {
    const { bench, sweep } = setUp();
    await recordUnreadable([bad], sweep);
    const known = await bench.record("bad");
    if (known === undefined) throw new Error("it was not recorded");
    const missing = { count: 1, sinceMs: noon };
    await bench.ledger.writeTask({ ...known, revision: 2, missing }, 1, new AbortController().signal);
    expect(await recordUnreadable([bad], sweep)).toBe(true);
    expect((await bench.record("bad"))?.missing).toBeNull();
  });

  test.each([
    [new RecordRefusedError("too large"), false],
    [new TypeError("no ledger"), undefined],
  ])("after %s returns %s", async (failure, complete) => {
    const wrapLedger = (ledger: Ledger): Ledger => ({ ...ledger, writeTask: () => Promise.reject(failure) });
    const { sweep } = setUp({ wrapLedger });
    const recorded = recordUnreadable([bad], sweep);
    if (complete === undefined) return expect(recorded).rejects.toBe(failure);
    expect(await recorded).toBe(complete);
    expect(sweep.report.problems).toMatchObject([{ kind: "internal", taskId: "aliyun:cn-hangzhou:bad" }]);
  });

  test("asks the ledger nothing about rows without a readable id", async () => {
    const wrapLedger = (ledger: Ledger): Ledger => ({ ...ledger, readTasks: () => Promise.reject(new Error("asked")) });
    const { sweep } = setUp({ wrapLedger });
    expect(await recordUnreadable([{ nativeId: null, reason: "TaskId is missing" }], sweep)).toBe(true);
  });

  test("names only the tasks of rows with a readable id", () => {
    const { sweep } = setUp();
    expect(namedIds([bad, { nativeId: null, reason: "TaskId is missing" }], sweep)).toEqual(["aliyun:cn-hangzhou:bad"]);
  });

  test.each([
    ["", "a reason", true],
    ["ImportImage", "a reason", false],
    ["", null, false],
  ])("calls a record with the action %j and the reason %j foreign: %s", (nativeAction, statusReason, foreign) => {
    const { sweep } = setUp();
    const known = recordOf(sampleTask({ nativeAction, statusReason }));
    const seen = sampleTask({ nativeAction: "ModifyDiskSpec" });
    expect(isForeign(known, seen, sweep)).toBe(foreign);
    const { discovers: _, ...provider } = sweep.provider;
    expect(isForeign(known, seen, { ...sweep, provider })).toBe(false);
  });
});
