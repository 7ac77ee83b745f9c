import { describe, expect, test } from "vitest";
import { noteFirstSight } from "../../../lib/sweep/overlap.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { minute, noon } from "../../fakes/sweep-bench.ts";

describe("noteFirstSight()", () => {
  const at = (ms: number) => new Date(ms).toISOString();

  function latenessOf(createdAtMs: number, probe = { checkpointMs: noon, longestMs: 0 }): number {
    noteFirstSight(probe, sampleTask({ createdAt: at(createdAtMs) }), noon + 20 * minute);
    return probe.longestMs;
  }

  test("notes how late a task is that an earlier list should have had", () => {
    expect(latenessOf(noon - 1)).toBe(20 * minute + 1);
  });

  test("notes nothing of a task that was created at the checkpoint or after it", () => {
    expect([noon, noon + 1].map((ms) => latenessOf(ms))).toEqual([0, 0]);
  });

  test("notes nothing before the first checkpoint, or of a task without a time of creation", () => {
    const probe = { checkpointMs: null, longestMs: 0 };
    noteFirstSight(probe, sampleTask({ createdAt: "1969-12-31T23:59:59.000Z" }), noon);
    expect(probe.longestMs).toBe(0);
    const later = { checkpointMs: noon, longestMs: 0 };
    noteFirstSight(later, sampleTask({ createdAt: null }), noon);
    expect(later.longestMs).toBe(0);
  });

  test("keeps the greatest lateness", () => {
    const probe = { checkpointMs: noon, longestMs: 0 };
    expect([1, 5, 3].map((minutes) => latenessOf(noon - minutes * minute, probe) / minute)).toEqual([21, 25, 25]);
  });

  test("notes nothing of a time whose zone is only assumed", () => {
    const probe = { checkpointMs: noon, longestMs: 0 };
    const nativeTimes = { createdAt: "2026-01-31 11:00", finishedAt: null, zoneAssumed: true };
    noteFirstSight(probe, sampleTask({ createdAt: at(noon - minute), nativeTimes }), noon);
    expect(probe.longestMs).toBe(0);
  });
});
