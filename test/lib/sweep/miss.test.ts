import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { ErrorKind } from "../../../lib/domain/errors.ts";
import type { OpenTask } from "../../../lib/domain/record.ts";
import { RecordRefusedError } from "../../../lib/ledger/ledger.ts";
import { recordMiss } from "../../../lib/sweep/miss.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
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

/** A running task, discovered an hour ago. */
async function benchWithOldTask(options: BenchOptions = {}): Promise<SweepBench> {
  const bench = createSweepBench(await tables.create(), options);
  bench.task("t-1", 0, { status: "running" });
  await bench.sweep();
  await bench.clock.advance(hour);
  await bench.sweep();
  bench.cloud.calls.length = 0;
  return bench;
}

const askedAlone = ({ cloud }: SweepBench) => cloud.calls.filter(({ api }) => api === "get").length;

describe("recordMiss()", () => {
  test("marks a task as vanished after ten minutes, when it is also not found on its own", async () => {
    const bench = await benchWithOldTask();
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(10 * minute);
    expect(await bench.status("t-1")).toBe("running");
    expect(askedAlone(bench)).toBe(0);
    expect((await bench.record("t-1"))?.missing?.count).toBe(3);

    expect(await bench.sweep()).toMatchObject({ vanished: 1, completed: 0, published: 1 });
    expect(askedAlone(bench)).toBe(1);
    expect(bench.told()).toEqual(["vanished t-1 vanished"]);
    expect(bench.bus.events[0]?.detailType).toBe("Image Task Vanished");
    await bench.sweepFor(20 * minute);
    expect(bench.told()).toHaveLength(1);
  });

  test("marks a task as vanished only in the third sweep, however far apart the sweeps are", async () => {
    const bench = await benchWithOldTask();
    bench.turn("t-1", { status: "gone" });
    for (const expected of ["running", "running", "vanished"]) {
      await bench.sweep();
      expect(await bench.status("t-1")).toBe(expected);
      await bench.clock.advance(hour);
    }
  });

  test("restarts the count when the task was found in between", async () => {
    const bench = await benchWithOldTask();
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(9 * minute);
    bench.turn("t-1", { status: "running" });
    await bench.sweepFor(minute);
    expect((await bench.record("t-1"))?.missing).toBeNull();
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(9 * minute);
    expect(await bench.status("t-1")).toBe("running");
  });

  test("does not mark a task as vanished when it is found on its own", async () => {
    const bench = await benchWithOldTask();
    bench.cloud.getMany = async () => ({ sightings: [], unreadable: [] });
    await bench.sweepFor(40 * minute);
    expect(askedAlone(bench)).toBeGreaterThan(1);
    expect(await bench.status("t-1")).toBe("running");
    bench.turn("t-1", { status: "succeeded" });
    await bench.sweepFor(20 * minute);
    expect(bench.told()).toEqual(["completed t-1 succeeded"]);
  });

  for (const kind of ["unavailable", "throttled", "malformed"] satisfies ErrorKind[]) {
    test(`does not mark a task as vanished while it cannot be read on its own (${kind})`, async () => {
      const bench = await benchWithOldTask();
      bench.turn("t-1", { status: "gone" });
      bench.cloud.onCall = ({ api }) => {
        if (api === "get") throw new ProviderError(kind, "not now");
      };
      await bench.sweepFor(10 * minute);
      expect((await bench.sweep()).problems).toMatchObject([{ kind, taskId: "aliyun:cn-hangzhou:t-1" }]);
      await bench.sweepFor(20 * minute);
      expect(await bench.status("t-1")).toBe("running");
      bench.cloud.onCall = () => {};
      await bench.sweepFor(16 * minute);
      expect(await bench.status("t-1")).toBe("vanished");
    });
  }

  test("marks other tasks as vanished even when one can never be read on its own", async () => {
    const bench = await benchWithOldTask();
    bench.task("t-2", 0, { status: "running" });
    await bench.sweep();
    bench.turn("t-1", { status: "gone" });
    bench.turn("t-2", { status: "gone" });
    bench.cloud.onCall = ({ api, nativeIds }) => {
      if (api === "get" && nativeIds[0] === "t-1") throw new ProviderError("malformed", "never");
    };
    await bench.sweepFor(20 * minute);
    expect(bench.told()).toEqual(["vanished t-2 vanished"]);
  });

  test("does not count an unreadable row as a miss", async () => {
    const bench = await benchWithOldTask();
    bench.turn("t-1", { status: "unreadable" });
    await bench.sweepFor(20 * minute);
    expect(await bench.record("t-1")).toMatchObject({ revision: 2, missing: null, task: { status: "unknown" } });
  });

  test("gives a vanished task that reappears a new generation with its own completion", async () => {
    const bench = await benchWithOldTask();
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(11 * minute);
    bench.turn("t-1", { status: "running" });
    await bench.sweep();
    expect(await bench.record("t-1")).toMatchObject({ generation: 2, task: { status: "running" } });
    bench.turn("t-1", { status: "gone" });
    await bench.sweepFor(30 * minute);
    bench.turn("t-1", { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toEqual(["vanished t-1 vanished", "vanished t-1 vanished", "completed t-1 succeeded"]);
    expect(new Set(bench.bus.events.map(({ detail }) => detail.id)).size).toBe(3);
    const sequences = bench.bus.events.map(({ detail }) => detail.data.sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  test("counts a write whose response was lost as one miss", async () => {
    let loseAnswer = false;
    const bench = await benchWithOldTask({
      wrapLedger: (ledger) => ({
        ...ledger,
        async writeTask(record, expected, signal) {
          const written = await ledger.writeTask(record, expected, signal);
          // What a retrying client sees: its first attempt was written, so the second finds another revision.
          return loseAnswer ? ledger.writeTask(record, expected, signal) : written;
        },
      }),
    });
    bench.turn("t-1", { status: "gone" });
    loseAnswer = true;
    expect(await bench.sweep()).toMatchObject({ changed: 1 });
    expect((await bench.record("t-1"))?.missing?.count).toBe(1);
  });

  test("reads the task on its own before the last miss, even when another sweep counted a miss meanwhile", async () => {
    let overtake = false;
    const bench: SweepBench = await benchWithOldTask({
      wrapLedger: (ledger) => ({
        ...ledger,
        async writeTask(record, expected, signal) {
          if (overtake) {
            overtake = false;
            const missing = { count: 2, sinceMs: bench.clock.now() - hour };
            await ledger.writeTask({ ...record, missing }, expected, signal);
          }
          return ledger.writeTask(record, expected, signal);
        },
      }),
    });
    bench.turn("t-1", { status: "gone" });
    overtake = true;
    await bench.sweep();
    expect(overtake).toBe(false);
    expect(askedAlone(bench)).toBe(0);
    expect(await bench.status("t-1")).toBe("running");
  });
});

describe("recordMiss() called directly", () => {
  const open: OpenTask = {
    id: "aliyun:cn-hangzhou:t-1",
    nativeId: "t-1",
    status: "running",
    revision: 1,
    rowDigest: "a-row",
    lastMovedAtMs: 0,
    detailRead: false,
    stalledAtMs: null,
    missing: false,
  };

  async function missed(bench: SweepBench) {
    const report = emptyReport("aliyun:cn-hangzhou");
    const run = { signal: new AbortController().signal, stopAtMs: bench.clock.now() + hour };
    await recordMiss(open, sweepWith({ provider: bench.cloud, deps: bench.deps, run, report }));
    return report;
  }

  /** A task that needs only its own read before it vanishes. */
  async function benchBeforeLastMiss(): Promise<SweepBench> {
    const bench = await benchWithOldTask();
    const { cloud } = bench;
    cloud.getMany = async () => ({ sightings: [], unreadable: [] });
    await bench.sweepFor(10 * minute);
    return bench;
  }

  test("writes nothing for a task that is not recorded", async () => {
    const bench = createSweepBench(await tables.create());
    expect(await missed(bench)).toEqual(emptyReport("aliyun:cn-hangzhou"));
    expect(bench.counts.taskWrites).toBe(0);
    expect(bench.cloud.calls).toEqual([]);
  });

  test("writes nothing for a task whose record was removed meanwhile", async () => {
    let gone = false;
    const bench = await benchWithOldTask({
      wrapLedger: (ledger) => ({
        ...ledger,
        readTasks: async (ids, signal) => (gone ? readingOf(new Map()) : ledger.readTasks(ids, signal)),
        async writeTask(record, expected, signal) {
          gone = record.revision > 1;
          return !gone && ledger.writeTask(record, expected, signal);
        },
      }),
    });
    expect(await missed(bench)).toEqual(emptyReport("aliyun:cn-hangzhou"));
    expect(gone).toBe(true);
  });

  test("counts and waits without a problem until ten minutes have passed", async () => {
    const bench = await benchWithOldTask();
    const changes: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const report = await missed(bench);
      expect(report.problems).toEqual([]);
      changes.push(report.changed);
    }
    expect(changes).toEqual([1, 1, 1, 0, 0]);
  });

  test("counts the details returned by its own request as read", async () => {
    const bench = await benchBeforeLastMiss();
    expect(await bench.record("t-1")).toMatchObject({ detailRead: false, missing: { count: 3 } });
    await missed(bench);
    expect(askedAlone(bench)).toBe(1);
    expect(await bench.record("t-1")).toMatchObject({ detailRead: true, missing: null });
  });

  test.each(["malformed", "unavailable"] as const)("reports that its own request is %s", async (kind) => {
    const bench = await benchBeforeLastMiss();
    bench.cloud.onCall = () => Promise.reject(new ProviderError(kind, "no"));
    const report = await missed(bench);
    expect(report.problems).toMatchObject([{ kind, taskId: open.id }]);
  });

  test("reports a record that cannot be written and throws when none can", async () => {
    let failure: Error | undefined;
    const bench = await benchWithOldTask({
      wrapLedger: (ledger) => ({
        ...ledger,
        writeTask: (record, expected, signal) =>
          failure ? Promise.reject(failure) : ledger.writeTask(record, expected, signal),
      }),
    });
    failure = new RecordRefusedError("too large");
    const report = await missed(bench);
    expect(report.problems).toMatchObject([{ kind: "internal", taskId: open.id }]);
    failure = new Error("no ledger");
    await expect(missed(bench)).rejects.toThrow("no ledger");
  });
});
