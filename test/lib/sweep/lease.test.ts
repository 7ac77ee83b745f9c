import { describe, expect, test } from "vitest";
import type { TargetState } from "../../../lib/domain/record.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { sweepTarget } from "../../../lib/sweep/sweep.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";
import { benchLeaseMs, createSweepBench, minute, noon } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";

const signal = new AbortController().signal;
const renewalMs = benchLeaseMs / 3;
const skipped = { ...emptyReport("aliyun:cn-hangzhou"), skipped: true };

function createBench(options: BenchOptions = {}): SweepBench {
  const ledger = createMemoryLedger();
  return createSweepBench({ ledger: () => ledger }, options);
}

const stateOf = ({ ledger, cloud }: SweepBench) => ledger.readTarget(cloud.target, signal);
const longRun = { signal, stopAtMs: noon + 60 * minute };

/** Starts a sweep whose first call to the cloud is answered only when told. */
async function startSlowSweep(bench: SweepBench) {
  const called = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  bench.cloud.onCall = () => {
    called.resolve();
    return answer.promise;
  };
  const ended = sweepTarget(bench.cloud, bench.deps, longRun);
  await called.promise;
  return {
    ended,
    answer() {
      bench.cloud.onCall = () => {};
      answer.resolve();
    },
  };
}

/** A sweep whose process dies during its first call: nothing that it waits for ever arrives. */
async function startAndKill(bench: SweepBench): Promise<void> {
  const clock = { now: bench.clock.now, sleep: () => new Promise<void>(() => {}) };
  const called = Promise.withResolvers<void>();
  bench.cloud.onCall = () => {
    called.resolve();
    return new Promise(() => {});
  };
  void sweepTarget(bench.cloud, { ...bench.deps, clock }, longRun);
  await called.promise;
  bench.cloud.onCall = () => {};
}

/** Another process takes the target now. */
async function takeOver(bench: SweepBench): Promise<void> {
  const state = await stateOf(bench);
  if (state === undefined) throw new Error("the target was never swept");
  const lease = { holder: "another", untilMs: bench.clock.now() + benchLeaseMs };
  const taken = { ...state, revision: state.revision + 1, lease };
  expect(await bench.ledger.writeTarget(bench.cloud.target, taken, state.revision, signal)).toBe(true);
}

describe("a sweep of a target that another sweep holds", () => {
  test("makes no call and reports that it was skipped, without a problem", async () => {
    const bench = createBench();
    bench.task("t-1", minute, { status: "succeeded" });
    const first = await startSlowSweep(bench);
    await bench.clock.advance(1000);
    const calls = bench.cloud.calls.length;
    expect(await bench.sweep()).toEqual(skipped);
    expect(bench.cloud.calls).toHaveLength(calls);
    first.answer();
    expect(await first.ended).toMatchObject({ skipped: false, completed: 1, finished: true, problems: [] });
    expect(bench.bus.events).toHaveLength(1);
  });

  test("lets only one of two sweeps that start at the same moment work", async () => {
    const bench = createBench();
    bench.task("t-1", minute, { status: "succeeded" });
    const both = await Promise.all([1, 2].map(() => sweepTarget(bench.cloud, bench.deps, longRun)));
    expect(both.map((report) => report.skipped).toSorted()).toEqual([false, true]);
    expect(bench.bus.events).toHaveLength(1);
  });

  test("is skipped for as long as the other works, however long that is", async () => {
    const bench = createBench();
    const first = await startSlowSweep(bench);
    for (let n = 0; n < 12; n += 1) {
      await bench.clock.advance(renewalMs);
      expect(await bench.sweep()).toEqual(skipped);
    }
    first.answer();
    expect(await first.ended).toMatchObject({ finished: true, problems: [] });
    expect(await bench.sweep()).toMatchObject({ skipped: false, finished: true });
  });

  test("counts as overdue once no sweep has ended for ten minutes", async () => {
    const bench = createBench();
    await bench.sweep();
    const slow = await startSlowSweep(bench);
    for (let passedMs = 0; passedMs + renewalMs <= 10 * minute; passedMs += renewalMs) {
      expect(await bench.sweep()).toEqual(skipped);
      await bench.clock.advance(renewalMs);
    }
    await bench.clock.advance(renewalMs);
    expect(await bench.sweep()).toEqual({ ...skipped, overdue: 1 });
    slow.answer();
    await slow.ended;
  });

  test.each([
    [10 * minute, 0],
    [10 * minute + 1, 1],
  ])("with a last sweep that ended %d ms ago counts as overdue: %d", async (agoMs, overdue) => {
    const bench = createBench();
    const lease = { holder: "another", untilMs: noon + benchLeaseMs };
    const held = { ...sampleTargetState, lastSweptAtMs: noon - agoMs, lease };
    await bench.ledger.writeTarget(bench.cloud.target, held, null, signal);
    expect(await bench.sweep()).toEqual({ ...skipped, overdue });
  });

  test("renews its lease with one write each time", async () => {
    const bench = createBench();
    const slow = await startSlowSweep(bench);
    for (let n = 0; n < 3; n += 1) await bench.clock.advance(renewalMs);
    expect(bench.counts.targetWrites).toBe(4);
    slow.answer();
    await slow.ended;
  });

  test("takes over from a killed one after the lease, and not before", async () => {
    const bench = createBench();
    bench.task("t-1", minute, { status: "succeeded" });
    await startAndKill(bench);
    await bench.clock.advance(benchLeaseMs - 1);
    expect(await bench.sweep()).toEqual(skipped);
    await bench.clock.advance(1);
    expect(await bench.sweep()).toMatchObject({ skipped: false, completed: 1, finished: true });
  });

  test("ignores a lease that no clock close to its own can have written", async () => {
    const bench = createBench();
    const held = (untilMs: number) => ({ ...sampleTargetState, lease: { holder: "another", untilMs } });
    const tolerated = noon + benchLeaseMs + 30_000;
    await bench.ledger.writeTarget(bench.cloud.target, held(tolerated), null, signal);
    expect(await bench.sweep()).toEqual(skipped);
    await bench.ledger.writeTarget(bench.cloud.target, { ...held(tolerated + 1), revision: 2 }, 1, signal);
    expect(await bench.sweep()).toMatchObject({ skipped: false, finished: true });
  });

  test("leaves what others show about the target as the last sweep left it", async () => {
    const bench = createBench();
    await bench.sweep();
    const before = await stateOf(bench);
    await bench.clock.advance(minute);
    const slow = await startSlowSweep(bench);
    expect(await stateOf(bench)).toEqual({
      ...before,
      revision: 3,
      lease: { holder: expect.any(String), untilMs: noon + minute + benchLeaseMs },
    });
    slow.answer();
    await slow.ended;
  });
});

describe("a sweep whose target is taken by another", () => {
  test("starts no new work, and records its progress without touching the other's lease", async () => {
    const bench = createBench();
    const slow = await startSlowSweep(bench);
    await takeOver(bench);
    await bench.clock.advance(renewalMs);
    slow.answer();
    expect(await slow.ended).toMatchObject({ finished: false, problems: [] });
    expect(bench.cloud.calls).toHaveLength(1);
    expect(await stateOf(bench)).toMatchObject({
      checkpointMs: noon - 18 * 60 * minute,
      lease: { holder: "another", untilMs: noon + benchLeaseMs },
    });
    expect(await bench.sweep()).toEqual(skipped);
  });

  test.each(["given back", "deleted"])("starts no new work when the target has even been %s since", async (how) => {
    let isDeleted = false;
    const bench = createBench({
      wrapLedger: (ledger) => ({
        ...ledger,
        readTarget: async (...asked) => (isDeleted ? undefined : ledger.readTarget(...asked)),
      }),
    });
    const slow = await startSlowSweep(bench);
    await takeOver(bench);
    const { lease: _, ...taken } = (await stateOf(bench)) ?? sampleTargetState;
    await bench.ledger.writeTarget(bench.cloud.target, { ...taken, revision: 3 }, 2, signal);
    isDeleted = how === "deleted";
    await bench.clock.advance(renewalMs);
    slow.answer();
    expect(await slow.ended).toMatchObject({ finished: false, problems: [] });
    expect(bench.cloud.calls).toHaveLength(1);
  });

  test("leaves the target to the other when it fails itself", async () => {
    const bench = createBench();
    const controller = new AbortController();
    const called = Promise.withResolvers<void>();
    bench.cloud.onCall = async (_call) => {
      called.resolve();
      await bench.clock.sleep(5 * minute, controller.signal);
    };
    const ended = sweepTarget(bench.cloud, bench.deps, { ...longRun, signal: controller.signal });
    await called.promise;
    await takeOver(bench);
    controller.abort(new Error("the time is up"));
    expect(await ended).toMatchObject({ finished: false, problems: [{ kind: "internal" }] });
    expect(await stateOf(bench)).toMatchObject({ lease: { holder: "another" }, lastSweptAtMs: null });
  });
});

test("a sweep that has lost its target and then fails writes nothing to it", async () => {
  const bench = createBench();
  const controller = new AbortController();
  const called = Promise.withResolvers<void>();
  bench.cloud.onCall = async () => {
    called.resolve();
    await bench.clock.sleep(50 * minute, controller.signal);
  };
  const ended = sweepTarget(bench.cloud, bench.deps, { ...longRun, signal: controller.signal });
  await called.promise;
  await takeOver(bench);
  await bench.clock.advance(renewalMs);
  const writes = bench.counts.targetWrites;
  controller.abort(new Error("the time is up"));
  await ended;
  expect(bench.counts.targetWrites).toBe(writes);
});

describe("a sweep whose ledger is unreliable", () => {
  type Write = Ledger["writeTarget"];

  /** `change` decides on each write of a target's state, counted from 1. */
  function benchWithWrites(change: (nth: number, write: () => ReturnType<Write>) => ReturnType<Write>): SweepBench {
    let writes = 0;
    return createBench({
      wrapLedger: (ledger) => ({
        ...ledger,
        writeTarget(...written) {
          writes += 1;
          return change(writes, () => ledger.writeTarget(...written));
        },
      }),
    });
  }

  /** The write succeeds and its response is lost, so the client's own retry fails on the revision. */
  async function losesResponse(write: () => ReturnType<Write>): ReturnType<Write> {
    await write();
    return false;
  }

  test.each([1, 2])("works when the response to its write number %i is lost", async (lost) => {
    const bench = benchWithWrites((nth, write) => (nth === lost ? losesResponse(write) : write()));
    bench.task("t-1", minute, { status: "succeeded" });
    expect(await bench.sweep()).toMatchObject({ skipped: false, completed: 1, finished: true, problems: [] });
    expect(await stateOf(bench)).toMatchObject({ checkpointMs: noon, lastSweptAtMs: noon });
    expect(await stateOf(bench)).not.toHaveProperty("lease");
    expect(await bench.sweep()).toMatchObject({ skipped: false });
  });

  test.each(["fails", "loses its response"])("keeps its target when a renewal %s", async (how) => {
    const bench = benchWithWrites((nth, write) => {
      if (nth !== 2) return write();
      return how === "fails" ? Promise.reject(new Error("throttled")) : losesResponse(write);
    });
    const slow = await startSlowSweep(bench);
    for (let n = 0; n < 6; n += 1) await bench.clock.advance(renewalMs);
    expect(await bench.sweep()).toEqual(skipped);
    slow.answer();
    expect(await slow.ended).toMatchObject({ finished: true, problems: [] });
    expect(await stateOf(bench)).not.toHaveProperty("lease");
  });

  test("gives its target back when its last write fails", async () => {
    const bench = benchWithWrites((nth, write) => (nth === 2 ? Promise.reject(new Error("throttled")) : write()));
    expect(await bench.sweep()).toMatchObject({ finished: false, problems: [{ message: "Error: throttled" }] });
    expect(await stateOf(bench)).toMatchObject({ revision: 2, checkpointMs: noon, lastSweptAtMs: null });
    expect(await bench.sweep()).toMatchObject({ skipped: false, finished: true });
  });

  test("gives up on a target that others keep writing", async () => {
    const bench = benchWithWrites(async () => false);
    expect(await bench.sweep()).toEqual(skipped);
    expect(bench.cloud.calls).toEqual([]);
    expect(bench.counts.targetWrites).toBe(4);
  });

  test("tries four times to give its target back", async () => {
    const bench = benchWithWrites(async (nth, write) => nth === 1 && write());
    expect(await bench.sweep()).toMatchObject({ skipped: false, problems: [] });
    expect(bench.counts.targetWrites).toBe(1 + 4);
  });

  test("tries four times to release its target after a failure", async () => {
    const bench = benchWithWrites(async (nth, write) => {
      if (nth === 2) throw new Error("throttled");
      return nth === 1 && write();
    });
    expect(await bench.sweep()).toMatchObject({ finished: false, problems: [{ message: "Error: throttled" }] });
    expect(bench.counts.targetWrites).toBe(2 + 4);
  });

  test("goes on from a state written before leases existed", async () => {
    const bench = createBench();
    const early: TargetState = { ...sampleTargetState, checkpointMs: noon - minute };
    await bench.ledger.writeTarget(bench.cloud.target, early, null, signal);
    await bench.sweep();
    expect(await stateOf(bench)).toMatchObject({ revision: 3, checkpointMs: noon });
  });
});
