import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import { discover } from "../../../lib/sweep/discover.ts";
import type { DiscoveryState } from "../../../lib/sweep/discover.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createSweepBench, hour, minute, noon, sweepWith } from "../../fakes/sweep-bench.ts";
import type { SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

/** The windows listed so far, in minutes from noon; open ends are `null`. */
function windows({ cloud }: SweepBench): (number | null)[][] {
  const inMinutes = (time: Date | undefined) => (time === undefined ? null : (time.getTime() - noon) / minute);
  const lists = cloud.calls.filter(({ api, page }) => api === "list" && page === 1);
  return lists.map(({ query }) => [inMinutes(query?.createdAfter), inMinutes(query?.createdBefore)]);
}

describe("discover()", () => {
  test("starts one day back, in windows, and then from the checkpoint minus the overlap", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweep();
    expect(windows(bench)).toEqual([
      [-1440, -1080],
      [-1080, -720],
      [-720, -360],
      [-360, null],
    ]);
    expect(await bench.checkpointMs()).toBe(noon);
    await bench.clock.advance(5 * minute);
    await bench.sweep();
    expect(windows(bench).slice(4)).toEqual([[-15, null]]);
    expect(await bench.checkpointMs()).toBe(noon + 5 * minute);
  });

  test("lists once, and not window by window, where each list reads every row", async () => {
    const bench = createSweepBench(await tables.create(), { filtersByTime: false });
    await bench.sweep();
    expect(windows(bench)).toEqual([[-1440, null]]);
    expect(await bench.checkpointMs()).toBe(noon);
    bench.cloud.onCall = ({ api }) => {
      if (api === "list") throw new ProviderError("unavailable", "down");
    };
    await bench.clock.advance(2 * 24 * hour);
    await bench.sweep();
    expect(await bench.checkpointMs()).toBe(noon);
    bench.cloud.onCall = () => undefined;
    await bench.sweep();
    expect(windows(bench).slice(2)).toEqual([[-15, null]]);
  });

  test("finds a task that is listed late, within the overlap", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweep();
    await bench.clock.advance(minute);
    bench.task("t-1", 14 * minute, { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
  });

  test("keeps the checkpoint when a page fails and finds the tasks of later pages afterwards", async () => {
    const bench = createSweepBench(await tables.create(), { pageSize: 2 });
    await bench.sweep();
    for (let n = 0; n < 6; n += 1) bench.task(`t-${n}`, 0, { status: "succeeded" });
    bench.cloud.onCall = ({ api, page }) => {
      if (api === "list" && page === 2) throw new ProviderError("unavailable", "try later");
    };
    await bench.clock.advance(2 * hour);
    const report = await bench.sweep();
    expect(report.problems).toMatchObject([{ kind: "unavailable", taskId: null }]);
    expect(bench.told()).toHaveLength(2);
    expect(await bench.checkpointMs()).toBe(noon);
    bench.cloud.onCall = () => {};
    await bench.sweep();
    expect(bench.told().toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((n) => `completed t-${n} succeeded`));
    expect(await bench.checkpointMs()).toBe(noon + 2 * hour);
  });

  test("moves the checkpoint past an unreadable row, which it records", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweep();
    bench.task("bad", 0, { status: "unreadable" });
    bench.task("t-1", 0, { status: "succeeded" });
    const report = await bench.sweep();
    expect(report.problems).toEqual([
      {
        kind: "unreadable",
        code: null,
        message: "Status is missing",
        requestId: null,
        taskId: "aliyun:cn-hangzhou:bad",
      },
    ]);
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);

    await bench.clock.advance(30 * hour);
    bench.task("t-2", minute, { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toContain("completed t-2 succeeded");
    expect(await bench.checkpointMs()).toBe(noon + 30 * hour);

    bench.turn("bad", { status: "succeeded" });
    await bench.sweep();
    expect(bench.told().at(-1)).toBe("completed bad succeeded");
  });

  test("lists later windows when one is unreadable, and none when the cloud is unavailable", async () => {
    const bench = createSweepBench(await tables.create());
    let fault = new ProviderError("malformed", "not a list");
    bench.cloud.onCall = ({ query }) => {
      if (query?.createdAfter?.getTime() === noon - 18 * hour) throw fault;
    };
    bench.task("t-1", minute, { status: "succeeded" });
    await bench.sweep();
    expect(windows(bench)).toHaveLength(4);
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect(await bench.checkpointMs()).toBe(noon - 18 * hour);

    fault = new ProviderError("unauthorized", "who are you?");
    await bench.clock.advance(15 * minute);
    bench.cloud.onCall = () => {
      throw fault;
    };
    await bench.sweep();
    expect(windows(bench)).toHaveLength(5);
    expect(await bench.checkpointMs()).toBe(noon - 18 * hour);
  });

  test("keeps the finished windows when the time is up and resumes from there", async () => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.onCall = () => bench.clock.sleep(minute);
    expect(await bench.sweep({ stopAtMs: noon + 90_000 })).toMatchObject({ finished: false, problems: [] });
    expect(await bench.checkpointMs()).toBe(noon - 12 * hour);
    expect(await bench.sweep()).toMatchObject({ finished: true });
    expect(windows(bench).slice(2)[0]).toEqual([-735, -375]);
  });

  test("stops between two pages when the time is up, without advancing the checkpoint past the window", async () => {
    const bench = createSweepBench(await tables.create(), { pageSize: 1 });
    await bench.sweep();
    for (let n = 0; n < 3; n += 1) bench.task(`t-${n}`, 0, { status: "succeeded" });
    bench.cloud.onCall = () => bench.clock.sleep(minute);
    await bench.clock.advance(minute);
    bench.cloud.calls.length = 0;
    expect(await bench.sweep({ stopAtMs: bench.clock.now() + 90_000 })).toMatchObject({ finished: false });
    expect(bench.cloud.calls.map(({ page }) => page)).toEqual([1, 2]);
    expect(await bench.checkpointMs()).toBe(noon);
    await bench.sweep();
    expect(bench.told().toSorted()).toEqual([0, 1, 2].map((n) => `completed t-${n} succeeded`));
  });

  test("ignores tasks of actions that are not discovered, whatever their resource, until somebody tracks them", async () => {
    const bench = createSweepBench(await tables.create());
    for (const nativeAction of ["ModifyDiskSpec", "ImportImage", "Rename"]) {
      for (const resourceType of ["disk", "image"] as const) {
        bench.cloud.tasks.set(`${nativeAction}-${resourceType}`, {
          createdAtMs: noon,
          states: [{ status: "succeeded" }],
          nativeAction,
          resourceType,
        });
      }
    }
    expect(await bench.sweep()).toMatchObject({ listed: 4, completed: 4 });
    expect(bench.told().toSorted()).toEqual([
      "completed ImportImage-disk succeeded",
      "completed ImportImage-image succeeded",
      "completed Rename-disk succeeded",
      "completed Rename-image succeeded",
    ]);
  });

  test("records every task of a provider that does not tell its actions apart", async () => {
    const bench = createSweepBench(await tables.create());
    delete bench.cloud.discovers;
    bench.cloud.tasks.set("t-disk", {
      createdAtMs: noon,
      states: [{ status: "succeeded" }],
      nativeAction: "ModifyDiskSpec",
    });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-disk succeeded"]);
  });

  test("loses no task when one sweep by a clock twelve hours ahead is followed by an outage", async () => {
    const bench = createSweepBench(await tables.create());
    const ahead = { ...sampleTargetState, checkpointMs: noon + 12 * hour, lastSweptAtMs: noon + 12 * hour };
    await bench.ledger.writeTarget(bench.cloud.target, ahead, null, new AbortController().signal);
    // The outage: this task is created and ends, and nobody sweeps for an hour.
    bench.task("t-1", 0, { status: "succeeded" });
    await bench.clock.advance(hour);
    const report = await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect(report.problems).toMatchObject([{ kind: "clock", message: expect.stringContaining("660 minutes") }]);
    expect(await bench.checkpointMs()).toBe(noon + hour);
    expect((await bench.sweep()).problems).toEqual([]);
  });

  test("replaces a checkpoint in the future even when the cloud is down, and reports it once", async () => {
    const bench = createSweepBench(await tables.create());
    const ahead = { ...sampleTargetState, checkpointMs: noon + 12 * hour };
    await bench.ledger.writeTarget(bench.cloud.target, ahead, null, new AbortController().signal);
    bench.cloud.onCall = () => {
      throw new ProviderError("unavailable", "down");
    };
    expect((await bench.sweep()).problems.map(({ kind }) => kind)).toEqual(["unavailable", "clock"]);
    expect(await bench.checkpointMs()).toBe(noon - 24 * hour);
    expect((await bench.sweep()).problems.map(({ kind }) => kind)).toEqual(["unavailable"]);
  });

  test("loses no task when our clock is ahead of the provider's by more than the overlap", async () => {
    const bench = createSweepBench(await tables.create());
    const skewMs = -17 * minute;
    bench.cloud.skewMs = () => skewMs;
    await bench.sweep();
    expect(await bench.checkpointMs()).toBe(noon + skewMs);
    // Created one minute after the first sweep, and not swept for twenty.
    await bench.clock.advance(minute);
    bench.task("t-1", -skewMs, { status: "succeeded" });
    await bench.clock.advance(20 * minute);
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect(await bench.checkpointMs()).toBe(noon + 21 * minute + skewMs);
  });

  describe("of a process that learns the provider's time with the first answer", () => {
    async function newProcess(skewMs: number, checkpointMs: number | null): Promise<SweepBench> {
      const bench = createSweepBench(await tables.create());
      const state = { ...sampleTargetState, checkpointMs };
      await bench.ledger.writeTarget(bench.cloud.target, state, null, new AbortController().signal);
      bench.cloud.skewMs = () => (bench.cloud.calls.length > 0 ? skewMs : null);
      return bench;
    }

    test("keeps to the provider's time when ours is ahead by hours", async () => {
      const bench = await newProcess(-12 * hour, noon - 12 * hour - minute);
      expect((await bench.sweep()).problems).toEqual([]);
      expect(windows(bench)).toEqual([[-736, -376]]);
      expect(await bench.checkpointMs()).toBe(noon - 12 * hour);
    });

    test("believes a checkpoint that is in the future only by our clock", async () => {
      const bench = await newProcess(12 * hour, noon + 12 * hour - minute);
      expect((await bench.sweep()).problems).toEqual([]);
      expect(windows(bench)).toEqual([
        [-1440, -1080],
        [704, null],
      ]);
      expect(await bench.checkpointMs()).toBe(noon + 12 * hour);
    });

    test("looks back in the next sweep when the checkpoint turns out to be in the future", async () => {
      const bench = await newProcess(-12 * hour, noon - minute);
      bench.task("t-1", 13 * hour, { status: "succeeded" });
      expect((await bench.sweep()).problems).toMatchObject([{ kind: "clock" }]);
      expect(await bench.checkpointMs()).toBe(noon - 36 * hour);
      expect((await bench.sweep()).problems).toEqual([]);
      expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    });

    test("looks back a whole day by the provider's clock on the first sweeps", async () => {
      const bench = await newProcess(-12 * hour, null);
      bench.task("t-1", 35 * hour, { status: "succeeded" });
      await bench.sweep();
      await bench.sweep();
      expect(bench.told()).toEqual(["completed t-1 succeeded"]);
      expect(await bench.checkpointMs()).toBe(noon - 12 * hour);
    });
  });

  test("accepts a checkpoint that another machine's clock wrote a minute ahead", async () => {
    const bench = createSweepBench(await tables.create());
    const ahead = { ...sampleTargetState, checkpointMs: noon + minute };
    await bench.ledger.writeTarget(bench.cloud.target, ahead, null, new AbortController().signal);
    bench.task("t-1", minute, { status: "succeeded" });
    expect((await bench.sweep()).problems).toEqual([]);
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
    expect(await bench.checkpointMs()).toBe(noon + minute);
  });

  test("completes with the last window, however long its only page took", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweep();
    await bench.clock.advance(minute);
    const startedAtMs = bench.clock.now();
    bench.cloud.onCall = () => bench.clock.sleep(hour);
    expect(await bench.sweep({ stopAtMs: startedAtMs + minute })).toMatchObject({ finished: true, problems: [] });
    expect(await bench.checkpointMs()).toBe(startedAtMs);
  });

  test("lists a window ending at the sweep's start as the last, and one ending a millisecond earlier not", async () => {
    const bench = createSweepBench(await tables.create(), { settings: { overlapMs: 0, windowMs: hour } });
    const since = async (ms: number) => {
      await bench.clock.advance(ms);
      bench.cloud.calls.length = 0;
      await bench.sweep();
      const lists = bench.cloud.calls.filter(({ api }) => api === "list");
      return lists.map(({ query }) => query?.createdBefore?.getTime() ?? null);
    };
    await since(0);
    expect(await since(hour)).toEqual([null]);
    expect(await since(hour + 1)).toEqual([bench.clock.now() - 1, null]);
    expect(await since(0)).toEqual([]);
  });

  test("tracks tasks whose row names no resource", async () => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.list = async function* () {
      yield {
        sightings: [{ task: sampleTask({ status: "failed" }), needsDetail: false }],
        unreadable: [],
        next: null,
      };
    };
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-1 failed"]);
  });

  test("returns the recorded tasks as seen, unreadable ones with an id among them, but not ignored ones", async () => {
    const bench = createSweepBench(await tables.create());
    const report = emptyReport("aliyun:cn-hangzhou");
    const run = { signal: new AbortController().signal, stopAtMs: noon + hour };
    bench.task("t-1", minute, { status: "running" });
    bench.task("t-2", 2 * minute, { status: "succeeded" });
    bench.cloud.tasks.set("disk", {
      createdAtMs: noon,
      states: [{ status: "running" }],
      nativeAction: "ModifyDiskSpec",
    });
    bench.task("bad", minute, { status: "unreadable" });
    const before = { checkpointMs: noon - hour, overlapMs: null, openListedAtMs: noon };
    const found = await discover(before, sweepWith({ provider: bench.cloud, deps: bench.deps, run, report }));
    expect(found).toEqual({
      seen: new Set(["t-1", "t-2", "bad"].map((nativeId) => `aliyun:cn-hangzhou:${nativeId}`)),
      state: { checkpointMs: noon, overlapMs: 15 * minute, openListedAtMs: noon },
    });
    expect(report).toMatchObject({ listed: 2, changed: 3, completed: 1, unreadable: 1 });
  });

  test("rethrows errors that are not the provider's", async () => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.onCall = () => Promise.reject(new TypeError("a bug"));
    const run = { signal: new AbortController().signal, stopAtMs: noon + hour };
    const sweep = sweepWith({
      provider: bench.cloud,
      deps: bench.deps,
      run,
      report: emptyReport("aliyun:cn-hangzhou"),
    });
    const nothing = { checkpointMs: null, overlapMs: null, openListedAtMs: null };
    await expect(discover(nothing, sweep)).rejects.toThrow("a bug");
    expect(sweep.report.problems).toEqual([]);
  });
});

describe("discover() called directly", () => {
  async function discoverFrom(
    before: Partial<DiscoveryState>,
    { forMs = hour, createdAgoMs = 5 * hour }: { forMs?: number; createdAgoMs?: number } = {},
  ) {
    const bench = createSweepBench({ ledger: createMemoryLedger });
    bench.task("t-1", createdAgoMs, { status: "running" });
    bench.cloud.onCall = () => bench.clock.sleep(10_000);
    const report = emptyReport("aliyun:cn-hangzhou");
    const run = { signal: new AbortController().signal, stopAtMs: noon + forMs };
    const sweep = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    const state = { checkpointMs: noon - minute, overlapMs: null, openListedAtMs: null, ...before };
    const found = await discover(state, sweep);
    return { ...found.state, report, calls: bench.cloud.calls.map(({ api }) => api) };
  }

  test("takes an old task of its first list of open tasks for no late row, but of a later list", async () => {
    expect((await discoverFrom({})).overlapMs).toBe(15 * minute);
    expect((await discoverFrom({ openListedAtMs: noon - hour })).overlapMs).toBe(6 * hour);
  });

  test("believes neither a checkpoint nor a last list of open tasks in the future", async () => {
    const { openListedAtMs, overlapMs, calls } = await discoverFrom({
      checkpointMs: noon + 2 * hour,
      openListedAtMs: noon + 2 * hour,
    });
    expect([openListedAtMs, overlapMs, calls.at(-1)]).toEqual([noon, 15 * minute, "listOpen"]);
  });

  test("leaves the open tasks to the next sweep when the time is up", async () => {
    const { report, openListedAtMs, calls } = await discoverFrom({}, { forMs: 5_000 });
    expect([report.finished, openListedAtMs, calls]).toEqual([false, null, ["list"]]);
  });
});

describe("discover() of open tasks", () => {
  const openLists = ({ cloud }: SweepBench) => cloud.calls.filter(({ api, page }) => api === "listOpen" && page === 1);
  /** A task whose row becomes visible late: added now, as if created a while ago. */
  const lateRow = (bench: SweepBench, nativeId: string, agoMs: number) =>
    bench.task(nativeId, agoMs, { status: "running" });

  test("finds a task on the first sweep that is older than the first look-back and still runs", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("old", 40 * hour, { status: "running" });
    bench.task("ended", 40 * hour, { status: "failed" });
    await bench.sweep();
    expect(await bench.status("old")).toBe("running");
    expect(await bench.status("ended")).toBeUndefined();
    bench.turn("old", { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed old succeeded"]);
  });

  test("finds within an hour a running task whose row became visible after the overlap", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweepFor(30 * minute);
    lateRow(bench, "late", 20 * minute);
    await bench.sweepFor(30 * minute);
    expect(await bench.status("late")).toBeUndefined();
    await bench.sweep();
    expect(await bench.status("late")).toBe("running");
  });

  test("lists them once an hour, in the same sweep as the windows", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweepFor(hour);
    expect(openLists(bench)).toHaveLength(1);
    await bench.sweepFor(hour);
    expect(openLists(bench)).toHaveLength(2);
  });

  test("lists them again in the next sweep when a page failed, but not every minute when it is refused", async () => {
    const bench = createSweepBench(await tables.create());
    let kind: "malformed" | "bad-request" = "malformed";
    bench.cloud.onCall = ({ api }) => {
      if (api === "listOpen") throw new ProviderError(kind, "no list");
    };
    for (let n = 0; n < 3; n += 1) expect((await bench.sweep()).problems).toHaveLength(1);
    kind = "bad-request";
    await bench.sweep();
    expect((await bench.sweep()).problems).toEqual([]);
    expect(openLists(bench)).toHaveLength(4);
  });

  test("does not list them when the cloud is down or the time is up", async () => {
    const bench = createSweepBench(await tables.create());
    bench.cloud.onCall = () => Promise.reject(new ProviderError("unavailable", "down"));
    await bench.sweep();
    bench.cloud.onCall = () => bench.clock.sleep(minute);
    const stopAtMs = bench.clock.now() + 3 * minute + 1;
    expect(await bench.sweep({ stopAtMs })).toMatchObject({ finished: false });
    expect(openLists(bench)).toEqual([]);
    expect(await bench.sweep()).toMatchObject({ finished: true });
    expect(openLists(bench)).toHaveLength(1);
  });

  test("does not ask again for the tasks that it listed", async () => {
    const bench = createSweepBench(await tables.create());
    for (let n = 0; n < 150; n += 1) bench.task(`t-${n}`, 40 * hour, { status: "running" });
    await bench.sweep();
    bench.cloud.calls.length = 0;
    await bench.clock.advance(hour);
    await bench.sweep();
    expect(bench.cloud.calls.map(({ api }) => api)).toEqual(["list", "listOpen", "listOpen"]);
    bench.cloud.calls.length = 0;
    await bench.clock.advance(minute);
    await bench.sweep();
    expect(bench.cloud.calls.map(({ api }) => api)).toEqual(["list", "getMany", "getMany"]);
  });

  test("drops ended tasks where the cloud ignores the filter", async () => {
    const bench = createSweepBench(await tables.create(), { detailed: true });
    const { list } = bench.cloud;
    bench.cloud.list = ({ openOnly: _ignored, ...query }, signal) => list(query, signal);
    bench.task("failed", 40 * hour, { status: "failed" });
    bench.task("finished", 40 * hour, { status: "succeeded" });
    bench.task("running", 40 * hour, { status: "running" });
    expect(await bench.sweep()).toMatchObject({ listed: 1, completed: 0 });
  });

  test("lets the overlap follow the lateness of rows, up to six hours, and fall back slowly", async () => {
    const bench = createSweepBench(await tables.create());
    const overlap = async () =>
      ((await bench.ledger.readTarget(bench.cloud.target, new AbortController().signal))?.overlapMs ?? 0) / minute;
    bench.task("first", 40 * hour, { status: "running" });
    await bench.sweep();
    await bench.clock.advance(minute);
    await bench.sweep();
    expect(await overlap()).toBe(15);

    lateRow(bench, "late", 12 * minute);
    await bench.clock.advance(minute);
    await bench.sweep();
    expect(await overlap()).toBe(26);
    // A row that is 20 minutes late and has ended is within the overlap now.
    bench.task("later", 20 * minute, { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed later succeeded"]);
    expect(await overlap()).toBe(40);

    await bench.clock.advance(hour);
    lateRow(bench, "latest", 5 * hour);
    await bench.sweep();
    expect(await overlap()).toBe(360);
    await bench.sweepFor(hour);
    expect(await overlap()).toBeGreaterThan(330);
    expect(await overlap()).toBeLessThan(345);
  });

  test("takes no task for late whose time of creation has no zone", async () => {
    const bench = createSweepBench(await tables.create());
    await bench.sweep();
    await bench.clock.advance(minute);
    const createdAt = new Date(noon - 10 * minute).toISOString();
    const nativeTimes = { createdAt, finishedAt: null, zoneAssumed: true };
    bench.cloud.list = async function* () {
      const task = sampleTask({ status: "running", createdAt, nativeTimes });
      yield { sightings: [{ task, needsDetail: false }], unreadable: [], next: null };
    };
    await bench.sweep();
    const state = await bench.ledger.readTarget(bench.cloud.target, new AbortController().signal);
    expect(state?.overlapMs).toBe(15 * minute);
  });

  test("continues from a state that an earlier version wrote", async () => {
    const bench = createSweepBench(await tables.create());
    const { overlapMs: _overlap, openListedAtMs: _open, clockSkewMs: _skew, ...before } = sampleTargetState;
    const written = before as typeof sampleTargetState;
    await bench.ledger.writeTarget(bench.cloud.target, written, null, new AbortController().signal);
    bench.task("old", 40 * hour, { status: "running" });
    expect((await bench.sweep()).problems).toEqual([]);
    expect(await bench.status("old")).toBe("running");
    expect(windows(bench)).toEqual([[-15, null]]);
  });
});
