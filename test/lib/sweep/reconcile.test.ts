import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { ErrorKind } from "../../../lib/domain/errors.ts";
import { reconcile } from "../../../lib/sweep/reconcile.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { createSweepBench, hour, minute, sweepWith } from "../../fakes/sweep-bench.ts";
import type { BenchOptions, SweepBench } from "../../fakes/sweep-bench.ts";
import { startSweepLedgers } from "../../fakes/sweep-ledgers.ts";
import type { SweepLedgers } from "../../fakes/sweep-ledgers.ts";

let tables: SweepLedgers;
beforeAll(async () => {
  tables = await startSweepLedgers();
});
afterAll(() => tables.stop());

const name = (n: number) => `t-${String(n).padStart(3, "0")}`;
const batchesOf = ({ cloud }: SweepBench) => cloud.calls.filter(({ api }) => api === "getMany");
const stateOf = ({ ledger, cloud }: SweepBench) => ledger.readTarget(cloud.target, new AbortController().signal);
const failing = (kind: ErrorKind) => new ProviderError(kind, `the batch is ${kind}`);

/** Running tasks that were discovered once and appear in no list anymore. */
async function benchWithOldTasks(count: number, options: BenchOptions = {}): Promise<SweepBench> {
  const bench = createSweepBench(await tables.create(), options);
  for (let n = 0; n < count; n += 1) bench.task(name(n), 0, { status: "running" });
  await bench.sweep();
  await bench.clock.advance(hour);
  await bench.sweep();
  bench.cloud.calls.length = 0;
  return bench;
}

describe("reconcile()", () => {
  test("reads open tasks outside the discovery window in batches and records how they ended", async () => {
    const bench = await benchWithOldTasks(25, { batchSize: 10 });
    bench.turn(name(3), { status: "succeeded" });
    bench.turn(name(24), { status: "failed" });
    expect(await bench.sweep()).toMatchObject({ listed: 0, reconciled: 25, changed: 2, completed: 2 });
    expect(batchesOf(bench).map(({ nativeIds }) => nativeIds.length)).toEqual([10, 10, 5]);
    expect(bench.told()).toEqual([`completed ${name(3)} succeeded`, `completed ${name(24)} failed`]);
  });

  test("reads the details of tasks that ended in a batch", async () => {
    const oss = { code: "OSSAccessDenied", message: "the bucket refuses" };
    const bench = await benchWithOldTasks(3, { detailed: true });
    bench.turn(name(1), { status: "failed", error: oss });
    await bench.sweep();
    expect((await bench.record(name(1)))?.task).toMatchObject({ status: "failed", error: oss });
  });

  test("does not read tasks again that the discovery has just listed", async () => {
    const bench = createSweepBench(await tables.create());
    bench.task("t-1", minute, { status: "running" });
    await bench.sweep();
    await bench.sweep();
    expect(batchesOf(bench)).toEqual([]);
  });

  for (const [kinds, asked] of [
    [["throttled", "unauthorized", "unavailable"], 4],
    [["malformed", "bad-request", "conflict", "not-found"], 10],
  ] as const) {
    for (const kind of kinds) {
      test(`reads ${asked} of 10 batches in a sweep when the first is ${kind}, and all over two sweeps`, async () => {
        const bench = await benchWithOldTasks(20, { batchSize: 2 });
        for (let n = 0; n < 20; n += 1) bench.turn(name(n), { status: "succeeded" });
        bench.cloud.onCall = ({ api, nativeIds }) => {
          if (api === "getMany" && nativeIds.includes(name(0)) && nativeIds.includes(name(1))) throw failing(kind);
        };
        await bench.sweep();
        const whole = batchesOf(bench).filter(({ nativeIds }) => nativeIds.length === 2);
        expect(whole).toHaveLength(asked);
        await bench.sweep();
        expect(bench.told().length).toBeGreaterThanOrEqual(18);
      });
    }
  }

  test("keeps reading the others of a batch that always fails because of one id", async () => {
    const bench = await benchWithOldTasks(100);
    bench.cloud.onCall = ({ api, nativeIds }) => {
      if (api === "getMany" && nativeIds.includes(name(37)))
        throw new ProviderError("bad-request", "no", { scope: "id" });
    };
    for (let n = 0; n < 100; n += 1) bench.turn(name(n), { status: "succeeded" });
    const report = await bench.sweep();
    expect(bench.told()).toHaveLength(99);
    expect(report.problems).toMatchObject([{ kind: "bad-request", taskId: `aliyun:cn-hangzhou:${name(37)}` }]);
    expect(batchesOf(bench).length).toBeLessThan(20);
    bench.cloud.onCall = () => {};
    await bench.sweep();
    expect(bench.told().at(-1)).toBe(`completed ${name(37)} succeeded`);
  });

  test("counts only the id not found on its own as missing, not its whole batch", async () => {
    const bench = await benchWithOldTasks(10);
    bench.turn(name(4), { status: "gone" });
    bench.cloud.onCall = ({ api, nativeIds }) => {
      if (api === "getMany" && nativeIds.includes(name(4))) throw failing("not-found");
    };
    const report = await bench.sweep();
    expect(report.problems).toEqual([]);
    expect((await bench.record(name(4)))?.missing?.count).toBe(1);
    expect((await bench.record(name(5)))?.missing).toBeNull();
  });

  test("limits the splitting when every batch is malformed", async () => {
    const bench = await benchWithOldTasks(300, { batchSize: 50 });
    bench.cloud.onCall = ({ api }) => {
      if (api === "getMany") throw failing("malformed");
    };
    await bench.sweep();
    expect(batchesOf(bench).length).toBeLessThanOrEqual(4 + 64 + 4);
  });

  test("resumes in the next sweep where the time ran out, and restarts after the last task", async () => {
    const bench = await benchWithOldTasks(20, { batchSize: 2 });
    bench.cloud.onCall = async ({ api }) => {
      if (api === "getMany") await bench.clock.sleep(10_000);
    };
    expect(await bench.sweep({ stopAtMs: bench.clock.now() + 5000 })).toMatchObject({ reconciled: 8, finished: false });
    const state = await bench.ledger.readTarget(bench.cloud.target, new AbortController().signal);
    expect(state?.resumeAfterId).toBe(`aliyun:cn-hangzhou:${name(7)}`);
    expect(await bench.sweep()).toMatchObject({ reconciled: 12, finished: true });
    expect(await bench.sweep()).toMatchObject({ reconciled: 20, finished: true });
    const asked = batchesOf(bench).flatMap(({ nativeIds }) => nativeIds);
    expect(asked.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, n) => name(n)));
  });

  test("leaves nothing for the next sweep when the time runs out with the last batch", async () => {
    const bench = await benchWithOldTasks(3, { batchSize: 2 });
    bench.cloud.onCall = () => bench.clock.sleep(10_000);
    const run = { signal: new AbortController().signal, stopAtMs: bench.clock.now() + 5000 };
    const report = emptyReport("aliyun:cn-hangzhou");
    const sweep = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    expect(await reconcile({ resumeAfterId: null, open: { add: () => {} } }, new Set(), sweep)).toBeNull();
    expect(report).toMatchObject({ reconciled: 3, finished: true });
  });

  test("writes only the lease and the checkpoint, and makes at most two calls beyond its batches when nothing has changed", async () => {
    const bench = await benchWithOldTasks(250);
    const before = { ...bench.counts };
    expect(await bench.sweep()).toMatchObject({ reconciled: 250, changed: 0, finished: true, problems: [] });
    expect(bench.counts.taskReads - before.taskReads).toBe(0);
    expect(bench.counts.taskWrites - before.taskWrites).toBe(0);
    expect(bench.counts.targetWrites - before.targetWrites).toBe(2);
    expect(bench.cloud.calls.length).toBeLessThanOrEqual(3 + 2);
  });

  test("makes no extra calls for unchanged tasks once their details were read", async () => {
    const bench = await benchWithOldTasks(40, { detailed: true, batchSize: 10 });
    expect((await bench.record(name(39)))?.detailRead).toBe(true);
    const before = { ...bench.counts };
    expect(await bench.sweep()).toMatchObject({ reconciled: 40, changed: 0, problems: [] });
    expect(bench.counts.taskWrites - before.taskWrites).toBe(0);
    expect(bench.cloud.calls.length).toBeLessThanOrEqual(4 + 2);
  });

  test.each([
    ["among the last batches", 3, 1],
    ["before the last batches", 9, 3],
  ])("ends with the ledger's error %s once no batch is pending", async (_where, count, others) => {
    let down = false;
    const settled: (readonly string[])[] = [];
    const bench: SweepBench = await benchWithOldTasks(count, {
      batchSize: 2,
      wrapLedger: (ledger) => ({
        ...ledger,
        async readTasks(ids, signal) {
          if (down && ids.includes(`aliyun:cn-hangzhou:${name(0)}`)) throw new Error("the ledger fails");
          if (down) await bench.clock.sleep(1000);
          settled.push(ids);
          return ledger.readTasks(ids, signal);
        },
      }),
    });
    for (let n = 0; n < count; n += 1) bench.turn(name(n), { status: "succeeded" });
    const { resumeAfterId } = (await stateOf(bench)) ?? {};
    down = true;
    settled.length = 0;
    const report = await bench.sweep();
    expect(report).toMatchObject({ finished: false, problems: [{ message: "Error: the ledger fails", taskId: null }] });
    expect((await stateOf(bench))?.resumeAfterId).toBe(resumeAfterId);
    expect(settled.filter((ids) => ids.length > 0)).toHaveLength(others);
    down = false;
    await bench.sweep();
    expect(bench.told()).toHaveLength(count);
  });
});
