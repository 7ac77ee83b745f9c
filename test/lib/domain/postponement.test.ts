import { describe, expect, test } from "vitest";
import { isDue, latestAttemptMs, postpone } from "../../../lib/domain/postponement.ts";
import { clockToleranceMs } from "../../../lib/domain/stored-time.ts";
import { pendingEvent } from "../../fakes/ledger-contract.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const minute = 60_000;
const nowMs = Date.parse("2026-01-31T13:00:00.000Z");
const entry = pendingEvent(sampleTask(), 1);

describe("postpone()", () => {
  test("doubles the delay from one minute to one hour", () => {
    let postponed = { ...entry, attempts: 0 };
    const delays = Array.from({ length: 8 }, () => {
      postponed = { ...postponed, ...postpone(postponed, "no", nowMs) };
      return (postponed.nextAttemptAtMs - nowMs) / minute;
    });
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(postponed).toEqual({ ...entry, attempts: 8, nextAttemptAtMs: nowMs + 60 * minute, lastProblem: "no" });
  });
});

describe("isDue()", () => {
  test.each([
    ["now", 0, true],
    ["a moment ago", -1, true],
    ["in a moment", 1, false],
    ["in an hour, by a clock within its tolerance", 60 * minute + clockToleranceMs, false],
    ["later than any correct clock postpones an event", 60 * minute + clockToleranceMs + 1, true],
  ])("of an event that is postponed until %s (%d ms) is %s", (_when, aheadMs, due) => {
    expect(isDue({ ...entry, nextAttemptAtMs: nowMs + aheadMs }, nowMs)).toBe(due);
  });
});

describe("latestAttemptMs()", () => {
  test("is an hour and the tolerance of clocks ahead", () => {
    expect(latestAttemptMs(nowMs)).toBe(nowMs + 60 * minute + clockToleranceMs);
  });
});
