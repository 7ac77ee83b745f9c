import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { ErrorKind } from "../../../lib/domain/errors.ts";
import { seededRandom } from "../../fakes/fault-schedule.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createSweepBench, hour, minute } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";

/** In memory, so that the clock jumps only when every task of the sweep waits for the cloud. */
function createBench(options: BenchOptions = {}): SweepBench {
  const ledger = createMemoryLedger();
  return createSweepBench({ ledger: () => ledger }, { detailed: true, random: seededRandom(7), ...options });
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
const taskId = (nativeId: string) => `aliyun:cn-hangzhou:${nativeId}`;

/** From now on, the details of these tasks, or of all, fail. */
function failDetails(bench: SweepBench, kind: ErrorKind, nativeIds?: readonly string[]): void {
  bench.cloud.onCall = ({ api, nativeIds: [asked = ""] }) => {
    if (api === "get" && (nativeIds?.includes(asked) ?? true)) throw new ProviderError(kind, "no", { code: "Odd" });
  };
}

/** From now on, the details of these tasks hang until the call's own time-out; others take 200 ms. */
function hangDetails(bench: SweepBench, nativeIds: readonly string[]): void {
  const hanging = new Set(nativeIds);
  bench.cloud.onCall = async ({ api, nativeIds: [asked = ""] }) => {
    if (api !== "get") return;
    await bench.clock.sleep(hanging.has(asked) ? 90_000 : 200);
    if (hanging.has(asked)) throw new ProviderError("unavailable", "no answer within 90000 ms");
  };
}

const toldOf = (bench: SweepBench, prefix: string) => bench.told().filter((line) => line.includes(` ${prefix}-`));
const gets = ({ cloud }: SweepBench) => cloud.calls.filter(({ api }) => api === "get").length;

describe("details that hang", () => {
  test("hold up no task that needs none, and readable details for at most three sweeps", async () => {
    const bench = createBench();
    const hanging = names("hang", 24);
    for (const name of hanging) bench.task(name, 10 * minute, { status: "succeeded" });
    for (const name of names("plain", 3)) bench.task(name, 10 * minute, { status: "canceled" });
    for (const name of names("good", 100)) bench.task(name, 10 * minute, { status: "succeeded" });
    hangDetails(bench, hanging);

    const startedAtMs = bench.clock.now();
    const { problems } = await bench.sweep();
    const first = bench.bus.events.slice(0, 3);
    expect(first.map(({ detail }) => Date.parse(detail.time))).toEqual([startedAtMs, startedAtMs, startedAtMs]);
    expect(toldOf(bench, "plain")).toEqual(bench.told().slice(0, 3));
    expect(problems).toMatchObject([{ kind: "unavailable" }]);
    for (let sweeps = 1; sweeps < 3; sweeps += 1) {
      await bench.clock.advance(minute);
      await bench.sweep();
    }
    expect(toldOf(bench, "good")).toHaveLength(100);
    expect(toldOf(bench, "hang")).toEqual([]);
  });

  test("delay a page that needs no detail by no more than the budget and one time-out", async () => {
    const bench = createBench({ pageSize: 50 });
    const hanging = names("hang", 50);
    for (const name of hanging) bench.task(name, 10 * minute, { status: "succeeded" });
    bench.task("plain-0", 10 * minute, { status: "canceled" });
    hangDetails(bench, hanging);
    const startedAtMs = bench.clock.now();
    await bench.sweep();
    expect(toldOf(bench, "plain")).toHaveLength(1);
    const [event] = bench.bus.events;
    expect(Date.parse(event?.detail.time ?? "") - startedAtMs).toBeLessThanOrEqual(180_000);
  });

  test("do not hold the checkpoint, because the rows are recorded as open", async () => {
    const bench = createBench();
    bench.task("hang-0", 10 * minute, { status: "succeeded" });
    hangDetails(bench, ["hang-0"]);
    const startedAtMs = bench.clock.now();
    await bench.sweep();
    expect(await bench.status("hang-0")).toBe("unknown");
    expect(await bench.checkpointMs()).toBe(startedAtMs);

    // Far behind every list by now, the task is asked for by its id.
    await bench.clock.advance(48 * hour);
    bench.cloud.onCall = () => {};
    await bench.sweep();
    expect(bench.told()).toEqual(["completed hang-0 succeeded"]);
  });

  test("of running tasks do not keep a sweep from reading the progress of others", async () => {
    const bench = createBench({ settings: { progressReadsPerSweep: 10 } });
    const hanging = names("hang", 24);
    for (const name of hanging) bench.task(name, 0, { status: "running", percent: 1 });
    for (const name of names("good", 24)) bench.task(name, 0, { status: "running", percent: 1 });
    hangDetails(bench, hanging);
    await bench.sweepFor(20 * minute);
    const read = await Promise.all(names("good", 24).map((name) => bench.record(name)));
    expect(read.map((record) => record?.detailRead)).toEqual(read.map(() => true));
  });
});

describe("an API of details that throttles or is down", () => {
  test.each([
    ["throttled", 16],
    ["unauthorized", 16],
    ["unavailable", 16],
  ] as const)("(%s) ends the reads of this sweep after %d, is reported once, and is no outage", async (kind, reads) => {
    const bench = createBench({ batchSize: 10 });
    for (const name of names("run", 30)) bench.task(name, 23 * hour, { status: "running" });
    await bench.sweep();
    await bench.clock.advance(hour);
    for (const name of names("run", 20)) bench.turn(name, { status: "succeeded" });
    for (const name of ["run-20", "run-21"]) bench.turn(name, { status: "canceled" });
    for (const name of names("late", 40)) bench.task(name, minute, { status: "succeeded" });
    bench.task("late-40", minute, { status: "canceled" });
    failDetails(bench, kind);
    const before = gets(bench);
    const report = await bench.sweep();
    expect(report.problems).toMatchObject([{ kind, taskId: expect.any(String) }]);
    expect(report.finished).toBe(false);
    expect(gets(bench) - before).toBe(reads);
    expect(bench.told().toSorted()).toEqual([
      "completed late-40 canceled",
      "completed run-20 canceled",
      "completed run-21 canceled",
    ]);
    const state = await bench.ledger.readTarget(bench.cloud.target, new AbortController().signal);
    expect(state?.lastAnsweredAtMs).toBe(bench.clock.now());
    expect(state?.checkpointMs).toBe(bench.clock.now());

    bench.cloud.onCall = () => {};
    await bench.sweepFor(2 * minute);
    expect(bench.told()).toHaveLength(63);
  });

  test("does not keep other tasks from being reported as stalled", async () => {
    const bench = createBench();
    bench.task("ended-0", 0, { status: "succeeded" });
    failDetails(bench, "throttled");
    await bench.sweepFor(2 * hour + 2 * minute);
    expect(bench.told()).toEqual(["stalled ended-0 unknown"]);
    expect(bench.bus.events[0]?.detail.data.task.statusReason).toBe("the detail has not been read yet");
  });

  test("does not hold a failed task past the grace period of its reason", async () => {
    const bench = createBench();
    bench.task("ended-0", 0, { status: "failed" });
    failDetails(bench, "throttled");
    await bench.sweepFor(30 * minute);
    expect(bench.told()).toEqual([]);
    await bench.sweep();
    expect(bench.told()).toEqual(["completed ended-0 failed"]);
  });
});

describe("a detail that can never be read", () => {
  for (const kind of ["unauthorized", "malformed", "unavailable"] satisfies ErrorKind[]) {
    test(`(${kind}) is reported as stalled once, fails no sweep after that, and completes when it can be read`, async () => {
      const bench = createBench();
      bench.task("bad-0", 0, { status: "succeeded" });
      failDetails(bench, kind);
      const reports = [];
      for (let n = 0; n < 48 * 60; n += 1) {
        reports.push(await bench.sweep());
        await bench.clock.advance(minute);
      }
      expect(bench.told()).toEqual(["stalled bad-0 unknown"]);
      expect(bench.bus.events[0]?.detail.data.task).toMatchObject({
        status: "unknown",
        done: false,
        statusReason: `the detail cannot be read: ${kind} (Odd): no`,
      });
      const toldAfter = reports.findIndex(({ stalled }) => stalled > 0);
      expect(toldAfter).toBe(120);
      expect(reports.slice(0, toldAfter).flatMap(({ problems }) => problems)[0]).toMatchObject({
        kind,
        taskId: taskId("bad-0"),
      });
      for (const { problems, detailUnreadable } of reports.slice(toldAfter + 1)) {
        expect([problems, detailUnreadable]).toEqual([[], 1]);
      }
      expect(gets(bench)).toBeLessThan(60);

      bench.cloud.onCall = () => {};
      await bench.sweepFor(hour);
      expect(bench.told().at(-1)).toBe("completed bad-0 succeeded");
      expect((await bench.sweep()).detailUnreadable).toBe(0);
    });
  }

  test("of a running task is reported as stalled as well, and its completion follows", async () => {
    const bench = createBench();
    bench.task("bad-0", 0, { status: "running", percent: 1 });
    failDetails(bench, "unauthorized");
    await bench.sweepFor(3 * hour);
    expect(bench.told()).toEqual(["stalled bad-0 running"]);
    expect(bench.bus.events[0]?.detail.data.task.statusReason).toContain("unauthorized (Odd): no");
    expect((await bench.sweep()).problems).toEqual([]);
    bench.cloud.onCall = () => {};
    bench.turn("bad-0", { status: "succeeded" });
    await bench.sweep();
    expect(bench.told().at(-1)).toBe("completed bad-0 succeeded");
    expect((await bench.record("bad-0"))?.task.statusReason).toBeNull();
  });

  test("of a task that the batches no longer return is reported as stalled instead of vanished", async () => {
    const bench = createBench();
    bench.task("bad-0", 23 * hour, { status: "running", percent: 1 });
    await bench.sweep();
    await bench.clock.advance(minute);
    bench.turn("bad-0", { status: "gone" });
    failDetails(bench, "unauthorized");
    await bench.sweepFor(3 * hour);
    expect(bench.told()).toEqual(["stalled bad-0 running"]);
    expect(await bench.sweep()).toMatchObject({ problems: [], detailUnreadable: 1 });
    bench.cloud.onCall = () => {};
    await bench.sweepFor(hour);
    expect(bench.told().at(-1)).toBe("vanished bad-0 vanished");
  });

  test("is not a reason to report a running task whose progress was read within the threshold", async () => {
    const bench = createBench();
    const states = names("", 60).map((_, n) => ({
      status: "running" as const,
      percent: n,
      fromMs: bench.clock.now() + n * 5 * minute,
    }));
    bench.task("move-0", 0, ...states);
    await bench.sweepFor(119 * minute);
    failDetails(bench, "unavailable");
    await bench.sweepFor(30 * minute);
    bench.cloud.onCall = () => {};
    await bench.sweepFor(2 * hour);
    expect(bench.told()).toEqual([]);
  });
});
