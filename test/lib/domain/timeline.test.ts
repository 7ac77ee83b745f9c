import { describe, expect, test } from "vitest";
import { extendTimeline, withTimeline } from "../../../lib/domain/timeline.ts";
import type { TimelineEntry } from "../../../lib/domain/timeline.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const running = sampleTask({ status: "running", nativeStatus: "Processing" });
const paused = sampleTask({ status: "paused", nativeStatus: "Paused" });

function entries(count: number): TimelineEntry[] {
  return Array.from({ length: count }, (_, n) => ({ status: "running", nativeStatus: `word ${n}`, atMs: n }));
}

describe("extendTimeline()", () => {
  test("starts with the first observed status", () => {
    expect(extendTimeline(undefined, running, 7)).toEqual([{ status: "running", nativeStatus: "Processing", atMs: 7 }]);
  });

  test("adds an entry only for a new status or a new native status", () => {
    const timeline = extendTimeline(undefined, running, 7);
    expect(extendTimeline({ timeline, task: running }, { ...running, partial: true }, 8)).toBe(timeline);
    expect(extendTimeline({ timeline, task: running }, paused, 8)).toEqual([
      { status: "running", nativeStatus: "Processing", atMs: 7 },
      { status: "paused", nativeStatus: "Paused", atMs: 8 },
    ]);
    const reworded = extendTimeline({ timeline, task: running }, { ...running, nativeStatus: "Uploading" }, 8);
    expect(reworded.map(({ nativeStatus }) => nativeStatus)).toEqual(["Processing", "Uploading"]);
    const unchangedWord = extendTimeline({ timeline, task: running }, { ...running, status: "vanished" }, 8);
    expect(unchangedWord.map(({ status }) => status)).toEqual(["running", "vanished"]);
  });

  test("does not add the status that a record without a timeline already had", () => {
    expect(extendTimeline({ timeline: [], task: running }, running, 8)).toEqual([]);
  });

  test("keeps the first entry and the newest 49", () => {
    const timeline = extendTimeline({ timeline: entries(49), task: running }, paused, 49);
    expect(timeline).toHaveLength(50);
    const full = extendTimeline({ timeline, task: paused }, running, 50);
    expect(full).toHaveLength(50);
    expect(full.map(({ atMs }) => atMs)).toEqual([0, ...Array.from({ length: 49 }, (_, n) => n + 2)]);
  });

  test("never goes back in time when another machine's clock is slow", () => {
    const timeline = extendTimeline(undefined, running, 1000);
    expect(extendTimeline({ timeline, task: running }, paused, 400).map(({ atMs }) => atMs)).toEqual([1000, 1000]);
  });

  test("truncates a word of more than a hundred characters without splitting a character", () => {
    const [entry] = extendTimeline(undefined, { ...running, nativeStatus: "🙂".repeat(5000) }, 0);
    expect(entry?.nativeStatus).toBe(`${"🙂".repeat(49)}…`);
    const whole = "w".repeat(100);
    expect(extendTimeline(undefined, { ...running, nativeStatus: whole }, 0)[0]?.nativeStatus).toBe(whole);
  });
});

describe("withTimeline()", () => {
  test("adds the timeline to the task, with RFC 3339 times", () => {
    const timeline = extendTimeline(undefined, running, Date.parse("2026-01-31T12:05:00.250Z"));
    expect(withTimeline(paused, timeline)).toEqual({
      ...paused,
      timeline: [{ status: "running", nativeStatus: "Processing", at: "2026-01-31T12:05:00.250Z" }],
    });
    expect(withTimeline(paused, [])).toEqual({ ...paused, timeline: [] });
  });
});
