import { describe, expect, test } from "vitest";
import type { Task } from "../../../lib/page/api-answers.ts";
import { durationMs, expectedEnd, fewestSamples, usualDurations, usualFor } from "../../../lib/page/usual-duration.ts";
import { endedTask, openTask } from "../../page/scene.ts";

const minuteMs = 60_000;
const startMs = Date.parse("2026-11-27T12:00:00Z");

function ended(minutes: number, wanted: Partial<Task> = {}): Task {
  return endedTask({ nativeId: `t-${minutes}`, name: "a", createdMs: startMs }, minutes * minuteMs, wanted);
}

const open = openTask({ nativeId: "t-open", name: "a", createdMs: startMs });

describe("usualDurations()", () => {
  test("gives the middle half of the durations", () => {
    const usual = usualDurations([30, 10, 20, 50, 40, 60, 70, 80, 90].map((minutes) => ended(minutes)));
    expect(usualFor(open, usual)).toEqual({ lowMs: 30 * minuteMs, highMs: 70 * minuteMs, samples: 9 });
  });

  test("says nothing with fewer than eight tasks", () => {
    const tasks = Array.from({ length: fewestSamples }, (_, index) => ended(10 + index));
    expect(fewestSamples).toBe(8);
    expect(usualFor(open, usualDurations(tasks))).toBeDefined();
    expect(usualFor(open, usualDurations(tasks.slice(1)))).toBeUndefined();
  });

  test.each<[string, Partial<Task>]>([
    ["of another cloud", { provider: "tencent-ecm" }],
    ["with another action", { nativeAction: "ExportImage" }],
    ["that failed", { status: "failed" }],
    ["without a creation time", { createdAt: null }],
    ["that ended before they began", { finishedAt: "2026-11-27T11:59:00.000Z" }],
  ])("does not count tasks %s", (_what, wanted) => {
    const tasks = Array.from({ length: 20 }, (_, index) => ended(10 + index, wanted));
    expect(usualFor(open, usualDurations(tasks))).toBeUndefined();
  });

  test("goes by the latest 200 tasks", () => {
    const slow = Array.from({ length: 200 }, () => ended(100));
    const usual = usualDurations([...slow, ...Array.from({ length: 500 }, () => ended(1))]);
    expect(usualFor(open, usual)).toEqual({ lowMs: 100 * minuteMs, highMs: 100 * minuteMs, samples: 200 });
  });
});

test("expectedEnd() counts from the creation, and is unknown without one", () => {
  const usual = usualDurations(Array.from({ length: 8 }, (_, index) => ended(10 + index)));
  expect(expectedEnd(open, usual)).toMatchObject({
    fromMs: startMs + 11.75 * minuteMs,
    toMs: startMs + 15.25 * minuteMs,
    samples: 8,
  });
  expect(expectedEnd({ ...open, createdAt: null }, usual)).toBeUndefined();
});

test("durationMs() is null when a time is missing", () => {
  expect(durationMs({ createdAt: "2026-11-27T12:00:00Z", finishedAt: null })).toBeNull();
  expect(durationMs({ createdAt: "2026-11-27T12:00:00Z", finishedAt: "2026-11-27T12:03:00Z" })).toBe(3 * minuteMs);
});
