import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { OpenTask } from "../../../lib/domain/record.ts";
import type { TaskStatus } from "../../../lib/domain/task.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { RecordRefusedError } from "../../../lib/ledger/ledger.ts";
import { createStallCandidates, checkStalls } from "../../../lib/sweep/stalls.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { createSweepBench, hour, minute, noon, sweepWith } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";
import { readingOf } from "../../fakes/task-reading.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const gets = ({ cloud }: SweepBench) => cloud.calls.filter(({ api }) => api === "get");

const open: OpenTask = {
  id: "aliyun:cn-hangzhou:t-1",
  nativeId: "t-1",
  status: "running",
  revision: 1,
  rowDigest: "a-row",
  lastMovedAtMs: noon - 2 * hour,
  detailRead: true,
  stalledAtMs: null,
  missing: false,
};

function sweepOf(bench: SweepBench, forMs = hour) {
  const run = { signal: new AbortController().signal, stopAtMs: bench.clock.now() + forMs };
  return sweepWith({ provider: bench.cloud, deps: bench.deps, run, report: emptyReport("aliyun:cn-hangzhou") });
}

describe("createStallCandidates()", () => {
  const moved = { lastMovedAtMs: noon - 2 * hour + 1 };
  const stalled = { stalledAtMs: noon - 2 * hour };
  test.each<[string, Partial<OpenTask>, "unread" | "still" | null, "still" | null]>([
    ["has been still for two hours", {}, "still", "still"],
    ["has moved within two hours", moved, null, null],
    ["has never had its progress read", { ...moved, detailRead: false }, "unread", null],
    ["is still and has never had its progress read", { detailRead: false }, "unread", "still"],
    ["waits for its outcome", { ...moved, detailRead: false, status: "unknown" }, null, null],
    ["has waited for its outcome for two hours", { detailRead: false, status: "unknown" }, "still", "still"],
    ["was found stalled two hours ago", stalled, "still", null],
    ["was found stalled within two hours", { stalledAtMs: noon - 2 * hour + 1 }, null, null],
    ["has vanished", { status: "vanished", detailRead: false }, null, null],
  ])("of a task that %s keeps %j as %s, and as %s without progress", async (_what, task, detailed, plain) => {
    const kept = async (options: BenchOptions) => {
      const look = createStallCandidates(sweepOf(createSweepBench(await tables.create(), options)));
      look.add({ ...open, ...task });
      if (look.unread.length > 0) return look.still.length > 0 ? "both" : "unread";
      return look.still.length > 0 ? "still" : null;
    };
    expect([await kept({ detailed: true }), await kept({ detailed: false })]).toEqual([detailed, plain]);
  });

  test.each([
    ["abcd", [0, 0.9, 0.9, 0.9], "ab"],
    ["ab", [0, 0], "ba"],
    ["abc", [0, 0.9, 0], "cb"],
    ["abc", [0, 0.9, 0.34], "ac"],
    ["abc", [0, 0.9, 0.67], "ab"],
    ["abcd", [0, 0, 0.5, 0.49], "bd"],
  ])("of %s, by the numbers %j, keeps %s", async (added, numbers, expected) => {
    const left = [...numbers];
    const settings = { progressReadsPerSweep: 2 };
    const random = () => left.shift() ?? 0;
    const bench = createSweepBench(await tables.create(), { detailed: true, settings, random });
    const look = createStallCandidates(sweepOf(bench));
    for (const nativeId of added) look.add({ ...open, nativeId });
    expect(look.still.map(({ nativeId }) => nativeId).join("")).toBe(expected);
  });
});

test("createStallCandidates() keeps every task that waits for its outcome, beside those whose progress it samples", async () => {
  const settings = { progressReadsPerSweep: 1 };
  const look = createStallCandidates(sweepOf(createSweepBench(await tables.create(), { detailed: true, settings })));
  for (const nativeId of ["t-1", "t-2", "t-3"]) look.add({ ...open, nativeId, status: "unknown" });
  for (const nativeId of ["t-4", "t-5"]) look.add({ ...open, nativeId });
  expect(look.still).toHaveLength(3 + 1);
});

describe("checkStalls() called directly", () => {
  /** Running tasks `t-0` and so on, discovered by one sweep two hours ago. */
  async function benchWithTasks(count: number, options: BenchOptions = {}): Promise<SweepBench> {
    const bench = createSweepBench(await tables.create(), { detailed: true, ...options });
    for (let n = 0; n < count; n += 1) bench.task(`t-${n}`, minute, { status: "running", percent: 40 });
    await bench.sweep();
    await bench.clock.advance(2 * hour);
    bench.cloud.calls.length = 0;
    return bench;
  }

  async function look(bench: SweepBench, names: readonly string[], forMs = hour) {
    const sweep = sweepOf(bench, forMs);
    const tasks = names.map((nativeId) => ({ ...open, id: `aliyun:cn-hangzhou:${nativeId}`, nativeId }));
    await checkStalls({ still: tasks.slice(0, 1), unread: tasks.slice(1), add() {} }, sweep);
    return sweep.report;
  }

  const asked = (bench: SweepBench) => gets(bench).map(({ nativeIds }) => nativeIds[0]);

  test("reads the stalled tasks first, then those whose details were never read", async () => {
    const bench = await benchWithTasks(3);
    expect(await look(bench, ["t-2", "t-0", "t-1"])).toMatchObject({ changed: 3, stalled: 3, published: 3 });
    expect(asked(bench)).toEqual(["t-2", "t-0", "t-1"]);
  });

  test("counts no stall when the details show progress, and counts them as read", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    bench.task("t-0", minute, { status: "running", percent: 40 });
    bench.cloud.onCall = ({ api }) => {
      if (api === "get") throw new ProviderError("unavailable", "not yet");
    };
    await bench.sweep();
    bench.cloud.onCall = () => {};
    await bench.clock.advance(2 * hour);
    expect(await bench.record("t-0")).toMatchObject({ detailRead: false });
    const report = await look(bench, ["t-0"]);
    expect(report).toEqual({ ...emptyReport("aliyun:cn-hangzhou"), changed: 1 });
    expect(await bench.record("t-0")).toMatchObject({ detailRead: true, stalledAtMs: null });
  });

  test("writes nothing for a task that progressed meanwhile or is unknown to the ledger or the cloud", async () => {
    const bench = await benchWithTasks(2);
    bench.turn("t-0", { status: "running", percent: 41 });
    await look(bench, ["t-0"]);
    bench.turn("t-1", { status: "gone" });
    bench.task("t-2", 0, { status: "running" });
    const { taskWrites } = bench.counts;
    expect(await look(bench, ["t-0", "t-1", "t-2"])).toEqual(emptyReport("aliyun:cn-hangzhou"));
    expect([asked(bench), bench.counts.taskWrites]).toEqual([["t-0", "t-0", "t-1"], taskWrites]);
  });

  test("counts a stall once, however often it is found again", async () => {
    const bench = await benchWithTasks(1);
    expect(await look(bench, ["t-0"])).toMatchObject({ changed: 1, stalled: 1, published: 1 });
    await bench.clock.advance(2 * hour);
    expect(await look(bench, ["t-0"])).toMatchObject({ changed: 1, stalled: 0, published: 0 });
  });

  test.each([
    ["malformed", 20],
    ["not-found", 20],
    ["unavailable", 20],
    ["throttled", 16],
  ] as const)("when the first read of details is %s, makes %d of 20 reads", async (kind, expected) => {
    const bench = await benchWithTasks(20);
    bench.cloud.onCall = async ({ nativeIds }) => {
      if (nativeIds[0] === "t-0") throw new ProviderError(kind, "no");
      await bench.clock.sleep(1000);
    };
    const names = Array.from({ length: 20 }, (_, n) => `t-${n}`);
    const report = await look(bench, names);
    expect(report.problems).toMatchObject([{ kind, taskId: "aliyun:cn-hangzhou:t-0" }]);
    expect(asked(bench)).toEqual(names.slice(0, expected));
    expect(report.stalled).toBe(expected - 1);
  });

  test("reads the other tasks when one record cannot be written, and rethrows general errors", async () => {
    let failure: Error | undefined;
    const bench = await benchWithTasks(2, {
      wrapLedger: (ledger) => ({
        ...ledger,
        writeTask: (record, expected, signal) =>
          failure && record.task.nativeId === "t-0"
            ? Promise.reject(failure)
            : ledger.writeTask(record, expected, signal),
      }),
    });
    failure = new RecordRefusedError("too large");
    const report = await look(bench, ["t-0", "t-1"]);
    expect(report).toMatchObject({
      stalled: 1,
      problems: [{ kind: "internal", taskId: "aliyun:cn-hangzhou:t-0" }],
    });
    failure = new Error("no ledger");
    await expect(look(bench, ["t-0", "t-1"])).rejects.toThrow("no ledger");
  });

  test("starts no read when the time is up", async () => {
    const bench = await benchWithTasks(17);
    bench.cloud.onCall = () => bench.clock.sleep(minute);
    const names = Array.from({ length: 17 }, (_, n) => `t-${n}`);
    expect(await look(bench, names, minute)).toMatchObject({ stalled: 16, finished: false });
    expect(asked(bench)).toEqual(names.slice(0, 16));
  });

  test("counts a task that was reported as stalled while it waits for its detail", async () => {
    const bench = await benchWithTasks(1);
    const known = await bench.record("t-0");
    if (known === undefined) throw new Error("it was not recorded");
    const awaitedDetail = { sinceMs: noon, failures: 1, notBeforeMs: bench.clock.now() + minute, problem: "no answer" };
    const stalled = { ...known, revision: known.revision + 1, stalledAtMs: bench.clock.now(), awaitedDetail };
    await bench.ledger.writeTask(stalled, known.revision, new AbortController().signal);
    expect(await look(bench, ["t-0"])).toMatchObject({ detailUnreadable: 1 });
  });

  test("leaves a task as it is when the time is up before its turn", async () => {
    const bench = await benchWithTasks(17, { detailed: false });
    const { writeTask } = bench.deps.ledger;
    const ledger: Ledger = {
      ...bench.deps.ledger,
      async writeTask(...given) {
        await bench.clock.sleep(minute);
        return writeTask(...given);
      },
    };
    const names = Array.from({ length: 17 }, (_, n) => `t-${n}`);
    expect(await look({ ...bench, deps: { ...bench.deps, ledger } }, names, minute)).toMatchObject({
      stalled: 16,
      finished: false,
    });
  });

  test("reads no record once the time is up", async () => {
    const bench = await benchWithTasks(1);
    const { taskReads } = bench.counts;
    expect(await look(bench, ["t-0"], 0)).toEqual({ ...emptyReport("aliyun:cn-hangzhou"), finished: false });
    expect(bench.counts.taskReads).toBe(taskReads);
  });

  test("writes nothing when another writer removed or ended the task meanwhile", async () => {
    for (const status of [null, "failed"] satisfies (TaskStatus | null)[]) {
      let overtaken = false;
      const bench = await benchWithTasks(1, {
        detailed: false,
        wrapLedger: (ledger) => ({
          ...ledger,
          async readTasks(ids, signal) {
            const reading = await ledger.readTasks(ids, signal);
            if (!overtaken) return reading;
            const ended = [...reading.records].map(
              ([id, record]) => [id, { ...record, task: { ...record.task, status: "failed" } }] as const,
            );
            return readingOf(new Map(status === null ? [] : ended));
          },
          async writeTask(record, expected, signal) {
            overtaken = record.stalledAtMs !== null;
            return !overtaken && ledger.writeTask(record, expected, signal);
          },
        }),
      });
      expect(await look(bench, ["t-0"])).toEqual(emptyReport("aliyun:cn-hangzhou"));
      expect(overtaken).toBe(true);
    }
  });
});

describe("checkStalls()", () => {
  test("emits one stall event for a task without progress for two hours", async () => {
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

  test("emits another stall event when the task progressed and stalled again", async () => {
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

  test("emits no stall event while only the details show progress", async () => {
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

  test("detects from the details that a stalled task progressed, and emits an event when it stalls again", async () => {
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

  test("records a completion that the details show before any list does", async () => {
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

  test("reads a limited number of details per sweep, of other tasks each time, until all were read", async () => {
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
    test(`reads the details of others when some can never be read (${kind})`, async () => {
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

  test("emits every stall event in the first sweep after the threshold when no details are needed", async () => {
    const bench = createSweepBench(await tables.create());
    for (let n = 0; n < 50; n += 1) bench.task(`t-${n}`, 0, { status: "paused" });
    await bench.sweep();
    await bench.clock.advance(2 * hour);
    expect(await bench.sweep()).toMatchObject({ stalled: 50 });
    expect(new Set(bench.told()).size).toBe(50);
  });

  test("does not report a missing task as stalled", async () => {
    const bench = createSweepBench(await tables.create(), {
      settings: { vanish: { minSweeps: 99, minMs: 99 * hour, neverShownMs: 99 * hour, watchMs: hour } },
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
