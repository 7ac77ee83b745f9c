import { describe, expect, test } from "vitest";
import { limitsOfShare, rateOfShare } from "../../../lib/config/rate-share.ts";
import type { RateShare } from "../../../lib/config/rate-share.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryRateStore } from "../../fakes/memory-rate-store.ts";

describe("rateOfShare()", () => {
  test.each([
    [
      { perSecond: 10, burst: 10 },
      { perSecond: 7, burst: 7 },
      { perSecond: 3, burst: 3 },
    ],
    [
      { perSecond: 5, burst: 5 },
      { perSecond: 3.5, burst: 3 },
      { perSecond: 1.5, burst: 2 },
    ],
    [
      { perSecond: 1, burst: 2 },
      { perSecond: 0.7, burst: 1 },
      { perSecond: 0.3, burst: 1 },
    ],
    [
      { perSecond: 1, burst: 1 },
      { perSecond: 0.7, burst: 1 },
      { perSecond: 0.3, burst: 1 },
    ],
  ])("divides %o so that the sweep has most of it and both have a call", (whole, sweep, http) => {
    expect(rateOfShare("sweep", whole)).toEqual(sweep);
    expect(rateOfShare("http", whole)).toEqual(http);
  });
});

describe("limitsOfShare()", () => {
  const { signal } = new AbortController();
  const calls = 60;

  /** When a sweep may make its calls, while each of `httpProcesses` serves ten callers that never stop calling. */
  async function sweepBeside(httpProcesses: number): Promise<{ sweptAtMs: number[]; httpCalls: number }> {
    const clock = createManualClock(0, { autoAdvance: true });
    const shared = { connection: "aliyun", rate: { perSecond: 10, burst: 10 }, store: createMemoryRateStore(), clock };
    const budgetOf = (share: RateShare) => limitsOfShare(share, shared).budget;
    let httpCalls = 0;
    const swept = new AbortController();
    const callers = Array.from({ length: httpProcesses }, () => budgetOf("http")).flatMap((budget) =>
      Array.from({ length: 10 }, async () => {
        while (!swept.signal.aborted) {
          await budget.take("DescribeTasks", signal);
          httpCalls += 1;
        }
      }),
    );
    // The callers have used up their burst and wait for each other before the sweep begins.
    if (httpProcesses > 0) await clock.sleep(10_000);
    const startedAtMs = clock.now();
    const sweep = budgetOf("sweep");
    const sweptAtMs: number[] = [];
    while (sweptAtMs.length < calls) {
      await sweep.take("DescribeTasks", signal);
      sweptAtMs.push(Math.round(clock.now() - startedAtMs));
    }
    swept.abort();
    await Promise.all(callers);
    return { sweptAtMs, httpCalls };
  }

  test("lets a sweep call as if there were no HTTP callers, however many there are", async () => {
    const alone = await sweepBeside(0);
    const beside = await sweepBeside(5);
    expect(beside.sweptAtMs).toEqual(alone.sweptAtMs);
    expect(beside.httpCalls).toBeGreaterThan(20);
    // Seven of the ten calls a second are the sweep's.
    expect(alone.sweptAtMs.at(-1)).toBeLessThanOrEqual(((calls - 7) / 7) * 1000 + 1);
  });
});
