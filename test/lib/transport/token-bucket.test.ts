import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTokenBucket } from "../../../lib/transport/token-bucket.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

const never = new AbortController().signal;

describe("createTokenBucket()", () => {
  test("lets a burst through immediately and later calls at the rate", async () => {
    const clock = createManualClock(1_000, { autoAdvance: true });
    const bucket = createTokenBucket(clock, { perSecond: 2, burst: 3 });
    const times: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      await bucket.take(never);
      times.push(clock.now());
    }
    expect(times).toEqual([1_000, 1_000, 1_000, 1_500, 2_000, 2_500]);
  });

  test("holds no more tokens than its burst", async () => {
    const clock = createManualClock(0, { autoAdvance: true });
    const bucket = createTokenBucket(clock, { perSecond: 10, burst: 1 });
    await clock.advance(60_000);
    await bucket.take(never);
    await bucket.take(never);
    expect(clock.now()).toBe(60_100);
  });

  test("serves callers in order of arrival", async () => {
    const clock = createManualClock(0);
    const bucket = createTokenBucket(clock, { perSecond: 1, burst: 1 });
    const served: string[] = [];
    for (const name of ["a", "b", "c"]) void bucket.take(never).then(() => served.push(`${name}@${clock.now()}`));
    await clock.advance(10_000);
    expect(served).toEqual(["a@0", "b@1000", "c@2000"]);
  });

  test("rejects an aborted wait immediately and serves the next caller", async () => {
    const clock = createManualClock(0);
    const bucket = createTokenBucket(clock, { perSecond: 1, burst: 1 });
    const controller = new AbortController();
    const reason = new Error("enough");
    await bucket.take(never);
    const first = bucket.take(never).then(() => clock.now());
    const second = bucket.take(controller.signal);
    const third = bucket.take(never).then(() => clock.now());
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await clock.advance(0);
    // Only the first caller sleeps, since timers that are due together may fire in any order.
    expect([clock.now(), clock.sleeping()]).toEqual([0, 1]);
    await clock.advance(2_000);
    expect(await Promise.all([first, third])).toEqual([1_000, 2_000]);
  });

  test("serves the next caller when the first one is aborted while it sleeps", async () => {
    const clock = createManualClock(0);
    const bucket = createTokenBucket(clock, { perSecond: 1, burst: 1 });
    const controller = new AbortController();
    await bucket.take(never);
    const first = bucket.take(controller.signal);
    const second = bucket.take(never).then(() => clock.now());
    await clock.advance(500);
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    await clock.advance(500);
    expect(await second).toBe(1_000);
  });

  test("keeps its tokens when the clock is set back", async () => {
    let nowMs = 10_000;
    const sleeps: number[] = [];
    const clock = {
      now: () => nowMs,
      sleep: async (ms: number) => {
        sleeps.push(ms);
        nowMs += ms;
      },
    };
    const bucket = createTokenBucket(clock, { perSecond: 1, burst: 2 });
    await bucket.take(never);
    nowMs = 0;
    await bucket.take(never);
    await bucket.take(never);
    expect(sleeps).toEqual([1_000]);
  });

  test("rejects a rate of zero", () => {
    const clock = createManualClock(0);
    expect(() => createTokenBucket(clock, { perSecond: 0, burst: 1 })).toThrow("perSecond must be positive, not 0");
    expect(() => createTokenBucket(clock, { perSecond: 1, burst: 0 })).toThrow("burst must be at least 1, not 0");
  });

  test("keeps the order and lets at most burst + rate × time through in any window", async () => {
    const rates = fc.record({
      perSecond: fc.double({ min: 0.3, max: 20, noNaN: true }),
      burst: fc.integer({ min: 1, max: 5 }),
    });
    const gapsMs = fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(rates, gapsMs, async ({ perSecond, burst }, gaps) => {
        const clock = createManualClock(0);
        const bucket = createTokenBucket(clock, { perSecond, burst });
        const served: { turn: number; atMs: number }[] = [];
        for (const [turn, gapMs] of gaps.entries()) {
          void bucket.take(never).then(() => served.push({ turn, atMs: clock.now() }));
          await clock.advance(gapMs);
        }
        await clock.advance(200_000);
        expect(served.map(({ turn }) => turn)).toEqual([...gaps.keys()]);
        for (const [from, first] of served.entries()) {
          for (const [taken, last] of served.slice(from).entries()) {
            expect(taken + 1).toBeLessThanOrEqual(burst + (perSecond * (last.atMs - first.atMs)) / 1_000 + 1e-6);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
