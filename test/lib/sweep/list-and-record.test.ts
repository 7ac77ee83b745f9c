import { describe, expect, test } from "vitest";
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
});
