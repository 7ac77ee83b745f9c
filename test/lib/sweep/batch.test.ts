import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { ErrorKind, ErrorScope } from "../../../lib/domain/errors.ts";
import type { OpenTask } from "../../../lib/domain/record.ts";
import { reconcileBatch } from "../../../lib/sweep/batch.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createSweepBench, hour, minute, sweepWith } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const signal = new AbortController().signal;
const id = (nativeId: string) => `aliyun:cn-hangzhou:${nativeId}`;

/** Running tasks `t-0` and so on, discovered by one sweep. */
async function benchWithTasks(count: number, options: BenchOptions = {}): Promise<SweepBench> {
  const bench = createSweepBench(await tables.create(), options);
  for (let n = 0; n < count; n += 1) bench.task(`t-${n}`, minute, { status: "running" });
  await bench.sweep();
  bench.cloud.calls.length = 0;
  return bench;
}

async function openTasksOf({ ledger, cloud }: SweepBench): Promise<OpenTask[]> {
  const open: OpenTask[] = [];
  for await (const page of ledger.openTasks(cloud.target, null, signal)) open.push(...page.tasks);
  return open;
}

interface Asked {
  readonly splitsLeft?: number;
  readonly forMs?: number;
}

/** Reads every open task in one batch. */
async function ask(bench: SweepBench, { splitsLeft = 64, forMs = hour }: Asked = {}) {
  const batch = await openTasksOf(bench);
  const found: string[] = [];
  const open = { add: (task: OpenTask) => void found.push(task.nativeId) };
  const stopping = new AbortController();
  const pass = { open, stopping, splitsLeft };
  const report = emptyReport("aliyun:cn-hangzhou");
  const run = { signal, stopAtMs: bench.clock.now() + forMs };
  const goesOn = await reconcileBatch(batch, pass, sweepWith({ provider: bench.cloud, deps: bench.deps, run, report }));
  const calls = bench.cloud.calls.filter(({ api }) => api === "getMany").map(({ nativeIds }) => nativeIds.length);
  return { goesOn, found, report, calls, splitsLeft: pass.splitsLeft, stopped: stopping.signal.aborted };
}

interface Failing {
  readonly scope?: ErrorScope | undefined;
  readonly when?: (nativeIds: readonly string[]) => boolean;
}

function failWith(bench: SweepBench, kind: ErrorKind, { scope, when = () => true }: Failing = {}) {
  bench.cloud.onCall = ({ api, nativeIds }) => {
    if (api === "getMany" && when(nativeIds)) throw new ProviderError(kind, "no", { scope });
  };
}

describe("reconcileBatch()", () => {
  test("returns the open tasks found and counts all requested ones", async () => {
    const bench = await benchWithTasks(3);
    bench.turn("t-1", { status: "gone" });
    const { goesOn, found, report } = await ask(bench);
    expect([goesOn, found]).toEqual([true, ["t-0", "t-2"]]);
    expect(report).toEqual({ ...emptyReport("aliyun:cn-hangzhou"), reconciled: 3, changed: 1 });
    expect((await bench.record("t-1"))?.missing?.count).toBe(1);
  });

  test("reads the record only when its row has changed or the task was missing", async () => {
    const bench = await benchWithTasks(4);
    bench.turn("t-1", { status: "gone" });
    await ask(bench);
    bench.turn("t-1", { status: "running" });
    bench.turn("t-2", { status: "paused" });
    const { taskReads } = bench.counts;
    expect((await ask(bench)).report).toMatchObject({ changed: 2 });
    expect(bench.counts.taskReads - taskReads).toBe(2);
    expect((await bench.record("t-1"))?.missing).toBeNull();
    expect(await bench.status("t-2")).toBe("paused");
  });

  test("reads the details of a row that needs them, whatever the record says", async () => {
    const bench = await benchWithTasks(1, { detailed: true });
    const [before, rows] = [await bench.record("t-0"), await bench.cloud.getMany(["t-0"], signal)];
    bench.cloud.getMany = async () => ({
      ...rows,
      sightings: rows.sightings.map((sighting) => ({ ...sighting, needsDetail: true })),
    });
    bench.turn("t-0", { status: "running", percent: 7 });
    await ask(bench);
    expect(before?.task.progress.percent).toBeNull();
    expect((await bench.record("t-0"))?.task.progress.percent).toBe(7);
  });

  test("ignores rows of tasks that were not requested", async () => {
    const bench = await benchWithTasks(1);
    const task = sampleTask({ nativeId: "t-9" });
    bench.cloud.getMany = async () => ({ sightings: [{ task, needsDetail: false }], unreadable: [] });
    const { found, report } = await ask(bench);
    expect([found, report.problems]).toEqual([[], []]);
    expect(await bench.record("t-9")).toBeUndefined();
    expect((await bench.record("t-0"))?.missing?.count).toBe(1);
  });

  test.each([
    ["t-1", [1, undefined, 1], ["t-1"], [{ kind: "unreadable", taskId: id("t-1") }]],
    [null, [undefined, undefined, undefined], ["t-0", "t-1", "t-2"], []],
  ])("does not count a task with the unreadable row of %s as missed", async (nativeId, missed, open, problems) => {
    const bench = await benchWithTasks(3);
    bench.cloud.getMany = async () => ({ sightings: [], unreadable: [{ nativeId, reason: "Status is missing" }] });
    const { goesOn, found, report } = await ask(bench);
    expect([goesOn, found]).toEqual([true, open]);
    expect(report.problems).toMatchObject(problems);
    expect([report.unreadable, report.problems.length]).toEqual([1, problems.length]);
    const records = await Promise.all([0, 1, 2].map((n) => bench.record(`t-${n}`)));
    expect(records.map((record) => record?.missing?.count)).toEqual(missed);
  });

  test("ignores an unreadable row of a task that was not asked for", async () => {
    const bench = await benchWithTasks(1);
    bench.cloud.getMany = async () => ({ sightings: [], unreadable: [{ nativeId: "t-9", reason: "odd" }] });
    expect((await ask(bench)).report.unreadable).toBe(0);
    expect(await bench.record("t-9")).toBeUndefined();
  });

  test("counts no miss when the time is up", async () => {
    const bench = await benchWithTasks(2);
    for (const nativeId of ["t-0", "t-1"]) bench.turn(nativeId, { status: "gone" });
    const { goesOn, report } = await ask(bench, { forMs: 0 });
    expect([goesOn, report.finished, report.changed]).toEqual([true, false, 0]);
  });

  test("goes on when the detail of a missing task cannot be read", async () => {
    const bench = await benchWithTasks(2, {
      settings: { vanish: { minSweeps: 2, minMs: 0, neverShownMs: 0, watchMs: 0 } },
    });
    for (const nativeId of ["t-0", "t-1"]) bench.turn(nativeId, { status: "gone" });
    await ask(bench);
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") throw new ProviderError("unavailable", "down");
    };
    const { goesOn, report } = await ask(bench);
    expect(goesOn).toBe(true);
    expect(report.problems).toMatchObject([{ kind: "unavailable", taskId: id("t-0") }]);
    expect(bench.cloud.calls.filter(({ api }) => api === "get")).toHaveLength(2);
  });

  test("counts a task not found on its own as a miss, without a problem", async () => {
    const bench = await benchWithTasks(1);
    failWith(bench, "not-found");
    const { goesOn, report, splitsLeft } = await ask(bench);
    expect([goesOn, report.problems, splitsLeft]).toEqual([true, [], 64]);
    expect((await bench.record("t-0"))?.missing?.count).toBe(1);
  });

  test.each([
    ["malformed", true, id("t-0")],
    ["conflict", true, id("t-0")],
    ["unavailable", false, null],
    ["throttled", false, null],
  ] as const)("of a batch of one that is %s, continuing is %s and the task is %s", async (kind, expected, taskId) => {
    const bench = await benchWithTasks(1);
    failWith(bench, kind);
    const { goesOn, report, calls } = await ask(bench);
    expect([goesOn, calls]).toEqual([expected, [1]]);
    expect(report).toMatchObject({ reconciled: 0, problems: [{ kind, taskId }] });
    expect((await bench.record("t-0"))?.missing).toBeNull();
  });

  test("splits a batch that fails because of its ids and requests each half", async () => {
    const bench = await benchWithTasks(5);
    failWith(bench, "bad-request", { scope: "id", when: (nativeIds) => nativeIds.includes("t-1") });
    const { goesOn, found, report, calls, splitsLeft } = await ask(bench);
    expect(calls).toEqual([5, 3, 2, 1, 1, 1, 2]);
    expect([goesOn, found.toSorted(), splitsLeft]).toEqual([true, ["t-0", "t-2", "t-3", "t-4"], 64 - 6]);
    expect(report).toMatchObject({ reconciled: 4, problems: [{ kind: "bad-request", taskId: id("t-1") }] });
  });

  test.each([
    ["unavailable", undefined, false],
    ["throttled", undefined, false],
    ["bad-request", "target", false],
    ["malformed", "target", false],
    ["bad-request", undefined, true],
    ["malformed", undefined, true],
    ["conflict", undefined, true],
  ] as const)("does not split a batch after %s of scope %s, and continuing is %s", async (kind, scope, expected) => {
    const bench = await benchWithTasks(4);
    failWith(bench, kind, { scope });
    const { goesOn, report, calls, splitsLeft, stopped } = await ask(bench);
    expect([goesOn, calls, splitsLeft]).toEqual([expected, [4], 64]);
    expect(stopped).toBe(!expected);
    expect(report.problems).toMatchObject([{ kind, taskId: null }]);
  });

  test("does not split a batch that fails because the cloud is unavailable", async () => {
    const bench = await benchWithTasks(4);
    failWith(bench, "unavailable");
    const { goesOn, report, calls } = await ask(bench);
    expect([goesOn, calls]).toEqual([false, [4]]);
    expect(report.problems).toMatchObject([{ kind: "unavailable", taskId: null }]);
  });

  test.each([
    [0, [4]],
    [1, [4, 2]],
    [2, [4, 2, 1]],
  ])("with %d splits left makes calls of %j and no more", async (splitsLeft, expected) => {
    const bench = await benchWithTasks(4);
    failWith(bench, "bad-request", { scope: "id" });
    const { goesOn, report, calls } = await ask(bench, { splitsLeft });
    expect([goesOn, calls]).toEqual([false, expected]);
    expect(report.problems).toMatchObject([{ kind: "bad-request", taskId: splitsLeft === 2 ? id("t-0") : null }]);
  });

  test("requests no half when the time is up", async () => {
    const bench = await benchWithTasks(4);
    failWith(bench, "bad-request", { scope: "id" });
    const { goesOn, report, calls } = await ask(bench, { forMs: 0 });
    expect([goesOn, report.finished, calls, report.problems]).toEqual([true, false, [4], []]);
  });

  test("ends the calls of other batches once the cloud should not be called again", async () => {
    const bench = await benchWithTasks(2);
    const [first = [], second = []] = (await openTasksOf(bench)).map((task) => [task]);
    const pass = { open: { add: () => {} }, stopping: new AbortController(), splitsLeft: 64 };
    const report = emptyReport("aliyun:cn-hangzhou");
    const run = { signal, stopAtMs: bench.clock.now() + hour };
    const sweep = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    failWith(bench, "unavailable");
    const failed = reconcileBatch(first, pass, sweep);
    bench.cloud.getMany = async (_nativeIds, stopped) => {
      await failed;
      expect(stopped.reason).toEqual(new Error("another batch met an outage"));
      stopped.throwIfAborted();
      return { sightings: [], unreadable: [] };
    };
    expect(await Promise.all([failed, reconcileBatch(second, pass, sweep)])).toEqual([false, false]);
    expect(report.problems).toMatchObject([{ kind: "unavailable" }]);
  });

  const noRecords = { records: new Map(), unreadable: [], misindexed: new Set<string>() };
  test("records a task whose record has expired in the meantime", async () => {
    let expired = false;
    const bench = await benchWithTasks(1, {
      wrapLedger: (ledger) => ({
        ...ledger,
        readTasks: async (ids, stopped) => (expired ? noRecords : ledger.readTasks(ids, stopped)),
        writeTask: async (record, revision, stopped) => {
          expired = false;
          return ledger.writeTask(record, revision, stopped);
        },
      }),
    });
    bench.turn("t-0", { status: "paused" });
    expired = true;
    expect(await ask(bench)).toMatchObject({ goesOn: true, found: ["t-0"] });
    expect(await bench.status("t-0")).toBe("paused");
  });

  test("rethrows errors that are not the provider's", async () => {
    const bench = await benchWithTasks(2);
    bench.cloud.onCall = () => Promise.reject(new TypeError("a bug"));
    await expect(ask(bench)).rejects.toThrow("a bug");
  });
});
