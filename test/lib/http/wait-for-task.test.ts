import { describe, expect, test } from "vitest";
import { Problem } from "../../../lib/http/problem.ts";
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

describe("waitForTask() with looks that fail for a while", () => {
  const unknown = new Problem("unknown-task");
  const [throttled, down] = [new Problem("provider-throttled"), new Problem("provider-unavailable")];

  /** One entry for each look. The last one repeats. */
  async function waited(...looks: readonly (Problem | "running" | "done")[]) {
    const { clock, wait } = waiting(25_000);
    let count = 0;
    const look = async (): Promise<Seen> => {
      const seen = looks[Math.min(count++, looks.length - 1)]!;
      if (seen instanceof Problem) throw seen;
      return { atMs: clock.now(), done: seen === "done" };
    };
    try {
      return { found: await wait(look), atMs: clock.now() };
    } catch (error) {
      return { error, atMs: clock.now() };
    }
  }

  test("keeps looking for an unknown task, and returns it when it shows up", async () => {
    expect(await waited(unknown, unknown, "done")).toEqual({ found: { atMs: 10_000, done: true }, atMs: 10_000 });
    expect(await waited(unknown, "running")).toMatchObject({ found: { atMs: 25_000 } });
    expect(await waited(unknown, down, "done")).toMatchObject({ found: { atMs: 10_000 } });
  });

  test("answers that the task is unknown only at the end of the wait", async () => {
    expect(await waited(unknown)).toEqual({ error: unknown, atMs: 25_000 });
    expect(await waited(unknown, throttled)).toEqual({ error: throttled, atMs: 25_000 });
  });

  test("survives a provider that fails after the first look, and returns what was seen before", async () => {
    expect(await waited("running", throttled, "done")).toMatchObject({ found: { atMs: 10_000, done: true } });
    expect(await waited("running", down)).toEqual({ found: { atMs: 0, done: false }, atMs: 25_000 });
    expect(await waited("running", unknown)).toMatchObject({ found: { atMs: 0 } });
  });

  test("ends at once when the first look fails, or when a failure will not pass", async () => {
    expect(await waited(throttled, "done")).toEqual({ error: throttled, atMs: 0 });
    expect(await waited(down, "done")).toEqual({ error: down, atMs: 0 });
    const refused = new Problem("provider-unauthorized");
    expect(await waited("running", refused, "done")).toEqual({ error: refused, atMs: 5000 });
  });

  test("still answers that the task is unknown when it must answer in the middle of a look", async () => {
    const hard = new AbortController();
    const { wait } = waiting(25_000, { answerSignal: hard.signal });
    let looks = 0;
    const cut = wait(async () => {
      looks += 1;
      if (looks === 1) throw unknown;
      hard.abort();
      throw down;
    });
    await expect(cut).rejects.toBe(unknown);
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
