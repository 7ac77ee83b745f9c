import { describe, expect, test } from "vitest";
import { MiscountedListError, ProviderError } from "../../../lib/domain/errors.ts";
import { listAndRecord } from "../../../lib/sweep/list-and-record.ts";
import { emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createSweepBench, hour, minute, noon, sweepWith } from "../../fakes/sweep-bench.ts";

describe("listAndRecord()", () => {
  test.each([
    ["as ours", null, 3],
    ["five minutes ahead of ours", 5 * minute, 8],
  ])("measures how late a row is by the provider's clock, which is %s", async (_what, skewMs, minutes) => {
    const bench = createSweepBench({ ledger: createMemoryLedger });
    bench.cloud.skewMs = () => skewMs;
    bench.task("t-1", 3 * minute, { status: "running" });
    const run = { signal: new AbortController().signal, stopAtMs: noon + hour };
    const report = emptyReport("aliyun:cn-hangzhou");
    const sweep = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    const lateness = { checkpointMs: noon, longestMs: 0 };
    const outcome = await listAndRecord({}, { seen: new Set(), lateness }, sweep);
    expect([outcome, lateness.longestMs / minute]).toEqual(["recorded", minutes]);
  });

  async function outcomeOf(
    failure: Error | undefined,
    { forMs = hour, nameless = false, sinceMs = null as number | null } = {},
  ) {
    const bench = createSweepBench({ ledger: createMemoryLedger }, { pageSize: 1 });
    for (const nativeId of ["t-1", "t-2"]) bench.task(nativeId, minute, { status: "running" });
    bench.cloud.onCall = async ({ page }) => {
      await bench.clock.sleep(10_000);
      if (page === 2 && failure !== undefined) throw failure;
    };
    const { list } = bench.cloud;
    bench.cloud.list = async function* (...given) {
      const unreadable = nameless ? [{ nativeId: null, reason: "TaskId is missing" }] : [];
      for await (const page of list(...given)) yield { ...page, unreadable };
    };
    const run = { signal: new AbortController().signal, stopAtMs: noon + forMs };
    const report = { ...emptyReport("aliyun:cn-hangzhou"), namelessSinceMs: sinceMs };
    const sweep = sweepWith({ provider: bench.cloud, deps: bench.deps, run, report });
    return listAndRecord({}, { seen: new Set(), lateness: { checkpointMs: null, longestMs: 0 } }, sweep);
  }

  test("says how far it came", async () => {
    expect(await outcomeOf(undefined)).toBe("recorded");
    expect(await outcomeOf(undefined, { nameless: true })).toBe("incomplete");
    expect(await outcomeOf(undefined, { forMs: 5_000 })).toBe("stopped");
    expect(await outcomeOf(new ProviderError("malformed", "odd"))).toBe("incomplete");
    expect(await outcomeOf(new ProviderError("bad-request", "no"))).toBe("refused");
    expect(await outcomeOf(new ProviderError("unavailable", "down"))).toBe("stopped");
  });

  test("passes over a wrong count after an hour, but never over an outage", async () => {
    const miscounted = new MiscountedListError("only 2 of 500 tasks were listed");
    const outage = new ProviderError("unavailable", "down", { scope: "request" });
    expect(await outcomeOf(miscounted)).toBe("incomplete");
    expect(await outcomeOf(miscounted, { sinceMs: noon - hour })).toBe("recorded");
    expect(await outcomeOf(outage, { sinceMs: noon - hour })).toBe("incomplete");
  });
});
