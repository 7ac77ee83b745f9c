import { describe, expect, test } from "vitest";
import { hasMoved, mergeKnown } from "../../../lib/domain/merge-known.ts";
import { unknownProgress } from "../../../lib/domain/task.ts";
import type { Operation, Progress, Task } from "../../../lib/domain/task.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const step: Operation = { status: "running", nativeStatus: "Processing", error: null, warning: null, related: {} };

describe("mergeKnown()", () => {
  test("takes over every observed field except the labels", () => {
    const known = sampleTask({
      progress: { percent: 10, succeeded: 1, failed: 2, total: 9 },
      resource: { type: "image", id: "m-1", name: "golden" },
      operations: [step],
      cancelable: true,
      createdAt: "2026-01-31T12:00:00.000Z",
      labels: { team: "images" },
    });
    const seen = sampleTask({
      status: "paused",
      nativeStatus: "Paused",
      progress: { percent: 0, succeeded: 0, failed: 0, total: 0 },
      resource: { type: "disk", id: "d-2", name: "boot" },
      operations: [{ ...step, status: "succeeded", nativeStatus: "Finished" }],
      cancelable: false,
      createdAt: "2026-01-31T12:00:01.000Z",
      requestId: "r-2",
      labels: { other: "" },
    });
    expect(mergeKnown(known, seen)).toEqual({ ...seen, labels: { team: "images" } });
  });

  test.each(["percent", "succeeded", "failed", "total"] as const)(
    "keeps the known %s when the observation has none",
    (name) => {
      const known = sampleTask({ progress: { percent: 10, succeeded: 1, failed: 2, total: 9 } });
      const seen = sampleTask({ progress: { percent: 50, succeeded: 5, failed: 6, total: 19, [name]: null } });
      expect(mergeKnown(known, seen).progress).toEqual({ ...seen.progress, [name]: known.progress[name] });
    },
  );

  test("keeps known sub-operations, creation time, and cancelability when the observation has none", () => {
    const known = sampleTask({ operations: [step], cancelable: false });
    const merged = mergeKnown(known, sampleTask({ operations: [], cancelable: null, createdAt: null }));
    expect(merged).toEqual(known);
  });

  const times = { createdAt: "2026-01-31 20:00:00", finishedAt: null, zoneAssumed: true };
  const ended = { createdAt: null, finishedAt: "2026-01-31T13:00Z", zoneAssumed: false };

  test.each([
    ["none", sampleTask({ createdAt: null, nativeTimes: ended })],
    ["no time", sampleTask({ createdAt: null, nativeTimes: { ...ended, createdAt: "0000-00-00 00:00:00" } })],
    ["one without the cloud's words", sampleTask({ createdAt: "2026-01-31T12:30:00.000Z", nativeTimes: ended })],
  ])("keeps the known creation time with the cloud's words for it when the observation has %s", (_case, seen) => {
    const merged = mergeKnown(sampleTask({ nativeTimes: times }), seen);
    expect(merged.createdAt).toBe("2026-01-31T12:00:00.000Z");
    expect(merged.nativeTimes).toEqual({ ...ended, createdAt: "2026-01-31 20:00:00", zoneAssumed: true });
  });

  test("takes over any creation time when none is known", () => {
    const known = sampleTask({ createdAt: null, nativeTimes: ended });
    const seen = sampleTask({ nativeTimes: ended });
    expect(mergeKnown(known, seen)).toEqual(seen);
  });

  test.each<[string, Task["resource"], Task["resource"], Task["resource"]]>([
    ["none is known", null, { type: "image", id: null, name: null }, { type: "image", id: null, name: null }],
    ["none is seen", { type: "image", id: "m-1", name: "golden" }, null, { type: "image", id: "m-1", name: "golden" }],
    [
      "only its name is seen",
      { type: "other", id: "m-1", name: "golden" },
      { type: "image", id: null, name: "golden-2" },
      { type: "image", id: "m-1", name: "golden-2" },
    ],
    [
      "only its id is seen",
      { type: "other", id: "m-1", name: "golden" },
      { type: "image", id: "m-2", name: null },
      { type: "image", id: "m-2", name: "golden" },
    ],
  ])("merges what is known of the resource when %s", (_case, known, seen, expected) => {
    expect(mergeKnown(sampleTask({ resource: known }), sampleTask({ resource: seen })).resource).toEqual(expected);
  });
});

describe("hasMoved()", () => {
  const known = sampleTask({ operations: [step, step] });

  test("is false when only the notation of the other fields differs", () => {
    const respelt = sampleTask({
      operations: [step, { ...step, related: { OSSObject: "a" } }],
      nativeTimes: { createdAt: "2026-01-31T12:00:00Z", finishedAt: null, zoneAssumed: true },
      resource: { type: "image", id: "m-1", name: null },
      cancelable: true,
      observedAt: "2026-01-31T13:00:00.000Z",
      requestId: "r-2",
    });
    expect(hasMoved(known, respelt)).toBe(false);
  });

  const progressed = (change: Partial<Progress>): Partial<Task> => ({ progress: { ...unknownProgress, ...change } });
  test.each<[string, Partial<Task>]>([
    ["the status", { status: "paused" }],
    ["the provider's word for it", { nativeStatus: "Waiting" }],
    ["the percent", progressed({ percent: 1 })],
    ["the count of successes", progressed({ succeeded: 1 })],
    ["the count of failures", progressed({ failed: 1 })],
    ["the total", progressed({ total: 1 })],
    ["the word for a sub-operation", { operations: [step, { ...step, nativeStatus: "Uploading" }] }],
    ["the number of sub-operations", { operations: [step] }],
  ])("is true when %s differs", (_what, change) => {
    expect(hasMoved(known, { ...known, ...change })).toBe(true);
  });
});
