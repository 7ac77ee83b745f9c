import { describe, expect, test } from "vitest";
import { lookEveryMs, parseWait, waitForTask } from "../../../lib/http/wait-for-task.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";

interface Seen {
  readonly atMs: number;
  readonly done: boolean;
}

/** A task that is done after `doneAtMs`; each check takes `lookMs`. */
function waiting(waitMs: number, { doneAtMs = Infinity, lookMs = 0, answerSignal = unhurried.signal } = {}) {
  const clock = createManualClock(0, { autoAdvance: true });
  const looks: number[] = [];
  const look = async (signal: AbortSignal): Promise<Seen> => {
    looks.push(clock.now());
    if (lookMs > 0) await clock.sleep(lookMs, signal);
    return { atMs: clock.now(), done: clock.now() >= doneAtMs };
  };
  const wait = (own = look) =>
    waitForTask({ waitMs, look: own, clock, providerSignal: unhurried.providerSignal, answerSignal });
  return { clock, looks, wait };
}

describe("waitForTask()", () => {
  test("checks once and returns immediately when the task is done or there is no wait", async () => {
    const done = waiting(25_000, { doneAtMs: 0 });
    expect([await done.wait(), done.clock.sleeps]).toEqual([{ atMs: 0, done: true }, []]);
    const hurried = waiting(0);
    expect([await hurried.wait(), hurried.clock.sleeps]).toEqual([{ atMs: 0, done: false }, []]);
  });

  test("returns as soon as it sees that the task is done", async () => {
    const { looks, wait } = waiting(25_000, { doneAtMs: 7000 });
    expect([await wait(), looks]).toEqual([{ atMs: 10_000, done: true }, [0, 5000, 10_000]]);
  });

  test("returns the final state when the wait runs out and the task continues", async () => {
    const { looks, wait } = waiting(25_000);
    expect([await wait(), looks]).toEqual([{ atMs: 25_000, done: false }, [0, 5000, 10_000, 15_000, 20_000, 25_000]]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 19, 24, 25])(
    "leaves at least 5 s between two checks and checks last at the end of a wait of %i s",
    async (seconds) => {
      const { looks, wait } = waiting(seconds * 1000, { lookMs: 90 });
      await wait();
      const gaps = looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
      expect(looks.at(-1)).toBeCloseTo(seconds * 1000);
      // A shorter wait has shorter gaps.
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(Math.min(lookEveryMs, seconds * 1000));
    },
  );

  test("returns the last state when it must answer in the middle of a pause or a check", async () => {
    const stop = new AbortController();
    const pausing = waiting(25_000, { answerSignal: stop.signal });
    const seen = await pausing.wait(async () => {
      if (pausing.clock.now() === 5000) stop.abort();
      return { atMs: pausing.clock.now(), done: false };
    });
    expect(seen).toEqual({ atMs: 5000, done: false });

    const hard = new AbortController();
    const looking = waiting(25_000, { answerSignal: hard.signal });
    const found = await looking.wait(async (signal) => {
      if (looking.clock.now() < 10_000) return { atMs: looking.clock.now(), done: false };
      hard.abort(new Error("answerSignal"));
      throw signal.reason;
    });
    expect(found).toEqual({ atMs: 5000, done: false });
  });

  test("rethrows the error of a check and stops checking", async () => {
    const { clock, wait } = waiting(25_000);
    const failing = wait(async () => {
      if (clock.now() > 0) throw new Error("the provider throttles");
      return { atMs: 0, done: false };
    });
    await expect(failing).rejects.toThrow("the provider throttles");
    expect(clock.now()).toBe(5000);
  });
});

describe("parseWait()", () => {
  test.each([
    ["", 0],
    ["wait=1", 1000],
    ["wait=25", 25_000],
  ])("reads %j as %i ms", (search, ms) => {
    expect(parseWait(search)).toBe(ms);
  });

  test.each(["wait=0", "wait=26", "wait=", "wait", "wait=1.5", "wait=05", "wait=+5", "wait=1e1"])(
    "rejects %s",
    async (search) => {
      expect((await problemOf(() => parseWait(search))).detail.errors).toEqual([
        { field: "wait", detail: "must be a whole number of seconds from 1 to 25" },
      ]);
    },
  );

  test("reports every problem at once", async () => {
    expect((await problemOf(() => parseWait("wait=9&wait=x&verbose&verbose"))).detail.errors).toEqual([
      { field: "verbose", detail: "is not a parameter of this call; allowed: wait" },
      { field: "wait", detail: "may be given once" },
    ]);
  });
});
