import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { ErrorKind } from "../../../lib/domain/errors.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createSweepBench, minute, sweepWith } from "../../fakes/sweep-bench.ts";
import type { SweepBench } from "../../fakes/sweep-bench.ts";
import { recordOf } from "../../fakes/task-book.ts";

function createReader(options: { readonly detailBudgetMs?: number; readonly forMs?: number } = {}) {
  const { detailBudgetMs = minute, forMs = 60 * minute } = options;
  const ledger = createMemoryLedger();
  const bench = createSweepBench({ ledger: () => ledger }, { detailed: true, settings: { detailBudgetMs } });
  for (let n = 0; n < 99; n += 1) bench.task(`t-${n}`, minute, { status: "succeeded" });
  const run = { signal: new AbortController().signal, stopAtMs: bench.clock.now() + forMs };
  const report = emptyReport("aliyun:cn-hangzhou");
  const { details } = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
  return { bench, report, details, read: (n: number) => details.read(sampleTask({ nativeId: `t-${n}` }), undefined) };
}

const asked = ({ cloud }: SweepBench) => cloud.calls.map(({ nativeIds }) => nativeIds[0]);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Each read from here on fails in this way, except those of the tasks named. */
function failAll(bench: SweepBench, kind: ErrorKind, ...readable: string[]): void {
  bench.cloud.onCall = ({ nativeIds: [nativeId = ""] }) => {
    if (!readable.includes(nativeId)) throw new ProviderError(kind, "no");
  };
}

describe("createDetailReader()", () => {
  test("returns a detail, or nothing when the provider has none", async () => {
    const { bench, read, report } = createReader();
    expect(await read(1)).toMatchObject({ kind: "read", task: { nativeId: "t-1", status: "succeeded" } });
    bench.turn("t-2", { status: "gone" });
    expect(await read(2)).toEqual({ kind: "read", task: undefined });
    expect(report).toEqual(emptyReport("aliyun:cn-hangzhou"));
  });

  test("reads sixteen details at a time", async () => {
    const { bench, read } = createReader();
    bench.cloud.onCall = () => bench.clock.sleep(1000);
    const reads = Promise.all(numbers(20).map(read));
    await Promise.resolve();
    expect(asked(bench)).toHaveLength(16);
    await reads;
    expect(asked(bench)).toHaveLength(20);
  });

  test("starts no read when the budget is spent, and counts time once for reads that run together", async () => {
    const { bench, read, report } = createReader();
    bench.cloud.onCall = () => bench.clock.sleep(20_000);
    await Promise.all([read(1), read(2), read(3)]);
    await bench.clock.advance(10 * minute);
    await read(4);
    expect(report.finished).toBe(true);
    await read(5);
    expect(await read(6)).toEqual({ kind: "left" });
    expect(asked(bench)).toEqual(["t-1", "t-2", "t-3", "t-4", "t-5"]);
    expect(report).toMatchObject({ finished: false, problems: [] });
  });

  test("counts the time of a read that has not ended", async () => {
    const { bench, read } = createReader({ detailBudgetMs: 10_000 });
    bench.cloud.onCall = async ({ nativeIds }) => {
      if (!nativeIds.includes("t-1")) return;
      await bench.clock.sleep(9_999);
      await read(2);
      await bench.clock.sleep(1);
      await read(3);
    };
    await read(1);
    expect(asked(bench)).toEqual(["t-1", "t-2"]);
  });

  test("counts the time from the first of several reads that overlap", async () => {
    const { bench, read } = createReader({ detailBudgetMs: 25_000 });
    let second: Promise<unknown> | undefined;
    bench.cloud.onCall = async ({ nativeIds }) => {
      await bench.clock.sleep(10_000);
      if (nativeIds.includes("t-1")) second = read(2);
      await bench.clock.sleep(10_000);
    };
    await read(1);
    await second;
    await read(3);
    expect(asked(bench)).toEqual(["t-1", "t-2"]);
  });

  test("uses a third of the sweep's time at most", async () => {
    const { bench, read } = createReader({ forMs: minute });
    bench.cloud.onCall = () => bench.clock.sleep(10_000);
    for (const n of numbers(4)) await read(n);
    expect(asked(bench)).toEqual(["t-0", "t-1"]);
  });

  test("stops at once when it is throttled, because no task is to blame", async () => {
    const { bench, read, report, details } = createReader();
    failAll(bench, "throttled", "t-1");
    await read(1);
    expect(details.isDown()).toBe(false);
    expect(await read(2)).toEqual({ kind: "left" });
    expect([details.isDown(), await read(3)]).toEqual([true, { kind: "left" }]);
    expect(asked(bench)).toEqual(["t-1", "t-2"]);
    expect(report.problems).toMatchObject([{ kind: "throttled", taskId: "aliyun:cn-hangzhou:t-2" }]);
  });

  for (const kind of ["unavailable", "unauthorized"] satisfies ErrorKind[]) {
    test(`stops after three failures without an answer (${kind}), reported once`, async () => {
      const { bench, read, report, details } = createReader();
      failAll(bench, kind);
      for (const n of numbers(2)) expect(await read(n)).toMatchObject({ kind: "failed", error: { kind } });
      expect(details.isDown()).toBe(false);
      for (const n of numbers(2)) await read(n + 2);
      expect([details.isDown(), asked(bench).length]).toEqual([true, 3]);
      expect(report.problems).toHaveLength(1);
    });

    test(`goes on after any answer, because then the tasks are to blame (${kind})`, async () => {
      const { bench, read, details } = createReader();
      failAll(bench, kind, "t-1");
      for (const n of numbers(9)) await read(n);
      expect([details.isDown(), asked(bench).length]).toEqual([false, 9]);
    });
  }

  test("reports each task whose detail is malformed, and goes on", async () => {
    const { bench, read, report, details } = createReader();
    failAll(bench, "malformed");
    for (const n of numbers(5)) await read(n);
    expect(report.problems.map(({ taskId }) => taskId)).toEqual(numbers(5).map((n) => `aliyun:cn-hangzhou:t-${n}`));
    failAll(bench, "unavailable");
    for (const n of numbers(5)) await read(n);
    expect(details.isDown()).toBe(false);
  });

  test("reports nothing of a task that was reported as stalled, but the same of another", async () => {
    const { bench, details, report, read } = createReader();
    failAll(bench, "unavailable");
    const known = recordOf(sampleTask({ nativeId: "t-1" }), { stalledAtMs: 5 });
    expect(await details.read(known.task, known)).toMatchObject({ kind: "failed" });
    expect(report.problems).toEqual([]);
    await read(2);
    expect(report.problems).toMatchObject([{ taskId: "aliyun:cn-hangzhou:t-2" }]);
  });

  test("counts each stalled task that waits for its detail once", () => {
    const { details, report } = createReader();
    const awaitedDetail = { sinceMs: 1, failures: 1, notBeforeMs: 2, problem: "no" };
    const stalled = recordOf(sampleTask(), { stalledAtMs: 5, awaitedDetail });
    for (const record of [stalled, stalled, recordOf(sampleTask({ nativeId: "t-2" }), { awaitedDetail })])
      details.count(record);
    details.count(recordOf(sampleTask({ nativeId: "t-3" }), { stalledAtMs: 5 }));
    details.count(recordOf(sampleTask({ nativeId: "t-4" }), { stalledAtMs: 5, awaitedDetail }));
    expect(report.detailUnreadable).toBe(2);
  });

  test("rethrows errors that are not the provider's", async () => {
    const { bench, read } = createReader();
    bench.cloud.onCall = () => Promise.reject(new TypeError("a bug"));
    await expect(read(1)).rejects.toThrow("a bug");
  });
});
