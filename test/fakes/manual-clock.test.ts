import { describe, expect, test } from "vitest";
import { createManualClock } from "./manual-clock.ts";

describe("createManualClock()", () => {
  test("stands still until it is advanced", async () => {
    const clock = createManualClock(1_000);
    let woken = false;
    void clock.sleep(100).then(() => (woken = true));
    await clock.advance(99);
    expect([clock.now(), woken]).toEqual([1_099, false]);
    await clock.advance(1);
    expect([clock.now(), woken]).toEqual([1_100, true]);
  });

  test("wakes each sleeper when it is due, including sleepers added meanwhile", async () => {
    const clock = createManualClock(0);
    const log: string[] = [];
    void clock.sleep(30).then(() => log.push(`late@${clock.now()}`));
    void clock
      .sleep(10)
      .then(() => clock.sleep(10))
      .then(() => log.push(`twice@${clock.now()}`));
    await clock.advance(100);
    expect(log).toEqual(["twice@20", "late@30"]);
    expect(clock.now()).toBe(100);
  });

  test("rejects with the signal's reason on abort and drops the sleeper", async () => {
    const clock = createManualClock(0);
    const controller = new AbortController();
    const sleeping = clock.sleep(10, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow("enough");
    expect(clock.sleeping()).toBe(0);
  });

  test("jumps to the next sleeper automatically in autoAdvance mode", async () => {
    const clock = createManualClock(0, { autoAdvance: true });
    const log: number[] = [];
    await Promise.all([10, 5, 20].map((ms) => clock.sleep(ms).then(() => log.push(clock.now()))));
    expect(log).toEqual([5, 10, 20]);
    await clock.sleep(1);
    expect(clock.now()).toBe(21);
    expect(clock.sleeps).toEqual([10, 5, 20, 1]);
  });

  test("auto-advances only past short sleeps when a limit is set", async () => {
    const clock = createManualClock(0, { autoAdvance: true, autoAdvanceUpToMs: 10 });
    let deadlinePassed = false;
    void clock.sleep(15).then(() => (deadlinePassed = true));
    await clock.sleep(10);
    expect([clock.now(), deadlinePassed]).toEqual([10, false]);
    await clock.sleep(10);
    expect([clock.now(), deadlinePassed]).toEqual([20, true]);
  });

  test("jumps to no background sleep, but wakes it on the way", async () => {
    const clock = createManualClock(0, { autoAdvance: true, backgroundSleepMs: 20 });
    let woken = false;
    void clock.sleep(20).then(() => (woken = true));
    await clock.sleep(10);
    expect([clock.now(), woken, clock.sleeps]).toEqual([10, false, [10]]);
    await clock.sleep(10);
    expect([clock.now(), woken]).toEqual([20, true]);
  });
});
