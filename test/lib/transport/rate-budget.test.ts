import { describe, expect, test } from "vitest";
import { createRateBudget as createBudget } from "../../../lib/transport/rate-budget.ts";
import type { RateBudget, RateStore } from "../../../lib/transport/rate-budget.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryRateStore } from "../../fakes/memory-rate-store.ts";

const never = new AbortController().signal;
const start = 1_000_000;
const rate = { perSecond: 2, burst: 1 };
const createRateBudget = (options: Omit<Parameters<typeof createBudget>[0], "reservedAheadMs">): RateBudget =>
  createBudget({ ...options, reservedAheadMs: 5000 });

/** A store in memory that counts what is asked of it. */
function countingStore(): { store: RateStore; counts: { reads: number; writes: number } } {
  const counts = { reads: 0, writes: 0 };
  const memory = createMemoryRateStore();
  const store: RateStore = {
    readRate(...asked) {
      counts.reads += 1;
      return memory.readRate(...asked);
    },
    writeRate(...written) {
      counts.writes += 1;
      return memory.writeRate(...written);
    },
  };
  return { store, counts };
}

async function takeTimes(budget: RateBudget, clock: { now(): number }, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let taken = 0; taken < count; taken += 1) {
    await budget.take("List", never);
    times.push(clock.now() - start);
  }
  return times;
}

describe("createRateBudget()", () => {
  test("spaces the calls of one process at the rate", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const budget = createRateBudget({ store: createMemoryRateStore(), clock, name: "aliyun", rate });
    expect(await takeTimes(budget, clock, 5)).toEqual([0, 500, 1000, 1500, 2000]);
  });

  test("lets several processes make no more calls than one, and none starve", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const store = createMemoryRateStore();
    const budgets = [1, 2, 3].map(() => createRateBudget({ store, clock, name: "aliyun", rate }));
    const times = await Promise.all(budgets.map((budget) => takeTimes(budget, clock, 4)));
    const all = times.flat().toSorted((a, b) => a - b);
    for (const [n, timeMs] of all.entries()) expect(timeMs).toBeGreaterThanOrEqual(n * 500);
    expect(all.at(-1)).toBeLessThan(15_000);
  });

  test("keeps the budgets of APIs and of names apart", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const store = createMemoryRateStore();
    const [one, other] = ["a", "b"].map((name) => createRateBudget({ store, clock, name, rate }));
    await one?.take("List", never);
    await one?.take("Get", never);
    await other?.take("List", never);
    expect(clock.now()).toBe(start);
  });

  test("reserves as many calls as the last sweep made, in one write", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    const budget = createRateBudget({ store, clock, name: "aliyun", rate: { perSecond: 10, burst: 10 } });
    await takeTimes(budget, clock, 5);
    expect(counts).toEqual({ reads: 1, writes: 3 });
    for (let sweep = 1; sweep <= 3; sweep += 1) {
      await clock.advance(60_000);
      await takeTimes(budget, clock, 5);
      expect(counts).toEqual({ reads: 1, writes: 3 + sweep });
    }
  });

  test("reserves for all callers that wait, up to five seconds ahead", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    const budget = createRateBudget({ store, clock, name: "aliyun", rate: { perSecond: 10, burst: 10 } });
    await Promise.all(Array.from({ length: 8 }, () => budget.take("List", never)));
    expect(counts.writes).toBe(1);
    await Promise.all(Array.from({ length: 120 }, () => budget.take("List", never)));
    expect(counts.writes).toBe(1 + 3);
  });

  test("writes seldom, even when calls are slower than the rate", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    const budget = createRateBudget({ store, clock, name: "aliyun", rate: { perSecond: 70, burst: 70 } });
    for (let calls = 0; calls < 100; calls += 1) {
      await budget.take("List", never);
      await clock.sleep(150);
    }
    expect(clock.now() - start).toBeLessThan(16_500);
    expect(counts.writes).toBeLessThan(15);
  });

  test("reserves only what it uses next to another process", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    const limits = { perSecond: 10, burst: 1 };
    const [slow, other] = [1, 2].map(() => createRateBudget({ store, clock, name: "aliyun", rate: limits }));
    const callSlowly = async (budget: RateBudget | undefined) => {
      for (let calls = 0; calls < 20; calls += 1) {
        await budget?.take("List", never);
        await clock.sleep(1000);
      }
    };
    await Promise.all([callSlowly(slow), callSlowly(other)]);
    // Reserving five seconds each, they would wait for each other most of the time.
    expect(clock.now() - start).toBeLessThan(30_000);
    expect(counts.writes).toBeGreaterThan(20);
  });

  test("loses reserved calls that are not made in their time", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    const budget = createRateBudget({ store, clock, name: "aliyun", rate: { perSecond: 10, burst: 1 } });
    await Promise.all(Array.from({ length: 3 }, () => budget.take("List", never)));
    await takeTimes(budget, clock, 2);
    const { writes } = counts;
    await clock.advance(60_000);
    const late = await takeTimes(budget, clock, 3);
    expect(counts.writes).toBeGreaterThan(writes);
    expect(late.map((timeMs) => timeMs - (late[0] ?? 0))).toEqual([0, 100, 200]);
  });

  test("uses a slot that came due while it was being reserved", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    const slow: RateStore = {
      ...store,
      async writeRate(...written) {
        await clock.sleep(700);
        return store.writeRate(...written);
      },
    };
    const budget = createRateBudget({ store: slow, clock, name: "aliyun", rate: { perSecond: 10, burst: 1 } });
    await budget.take("List", never);
    expect([clock.now() - start, counts.writes]).toEqual([700, 1]);
  });

  test.each(["fails", "never answers"])("lets calls through while the store %s, and asks again later", async (how) => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    let broken = true;
    let asked = 0;
    const unsure: RateStore = {
      ...store,
      readRate(...wanted) {
        asked += 1;
        if (!broken) return store.readRate(...wanted);
        return how === "fails" ? Promise.reject(new Error("throttled")) : new Promise(() => {});
      },
    };
    const budget = createRateBudget({ store: unsure, clock, name: "aliyun", rate });
    expect(await takeTimes(budget, clock, 3)).toEqual([0, 0, 0]);
    expect(asked).toBe(1);
    broken = false;
    await clock.advance(10_000);
    expect(await takeTimes(budget, clock, 2)).toEqual([10_000, 10_500]);
    expect(counts.writes).toBeGreaterThan(0);
  });

  test("waits, without reserving, behind a queue that is too long", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store, counts } = countingStore();
    await store.writeRate("aliyun#List", { revision: 1, tatMs: start + 31_000 }, null, never);
    const budget = createRateBudget({ store, clock, name: "aliyun", rate });
    await budget.take("List", never);
    expect(clock.sleeps).toEqual([1000, 30_000]);
    expect(counts).toEqual({ reads: 2, writes: 2 });
  });

  test("asks again when others keep being faster", async () => {
    const clock = createManualClock(start, { autoAdvance: true });
    const { store } = countingStore();
    let lost = 0;
    const contended: RateStore = {
      ...store,
      writeRate: async (...written) => (lost < 20 ? ((lost += 1), false) : store.writeRate(...written)),
    };
    const budget = createRateBudget({ store: contended, clock, name: "aliyun", rate });
    await budget.take("List", never);
    expect(clock.now()).toBe(start + 100);
  });

  test("does not wait for the old time when the clock was set back by hours", async () => {
    let nowMs = start + 13 * 3_600_000;
    const clock = {
      now: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
      },
    };
    const budget = createRateBudget({ store: createMemoryRateStore(), clock, name: "aliyun", rate });
    for (let calls = 0; calls < 6; calls += 1) await budget.take("List", never);
    nowMs = start;
    await budget.take("List", never);
    await budget.take("List", never);
    expect(nowMs - start).toBeLessThan(5000);
  });

  test("rejects an aborted wait at once and serves the others", async () => {
    const clock = createManualClock(start);
    const budget = createRateBudget({ store: createMemoryRateStore(), clock, name: "aliyun", rate });
    const controller = new AbortController();
    const reason = new Error("enough");
    await budget.take("List", never);
    const second = budget.take("List", controller.signal);
    const third = budget.take("List", never).then(() => clock.now() - start);
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await clock.advance(5000);
    expect(await third).toBeLessThanOrEqual(1000);
  });
});
