import { expect, test } from "vitest";
import { describeChanges, sightsOf } from "../../../lib/page/changes.ts";
import { endedTask, openTask } from "../../page/scene.ts";

const createdMs = Date.parse("2026-11-27T12:00:00Z");
const open = (name: string) => openTask({ nativeId: name, name, createdMs });
const ended = (name: string, status: "succeeded" | "failed") =>
  endedTask({ nativeId: name, name, createdMs }, 1000, { status });
const none: ReadonlySet<string> = new Set();

test("says nothing of progress, and nothing of tasks that were not known before", () => {
  const before = sightsOf([open("a")], none);
  const moved = { ...open("a"), progress: { percent: 50, succeeded: null, failed: null, total: null } };
  expect(describeChanges(before, [moved, ended("b", "failed")], none)).toBe("");
});

test("names one task that ended, and counts several", () => {
  const before = sightsOf([open("a"), open("b"), open("c")], none);
  expect(describeChanges(before, [ended("a", "succeeded"), open("b")], none)).toBe("a has succeeded.");
  expect(describeChanges(before, [ended("a", "failed")], none)).toBe("a has failed.");
  expect(describeChanges(before, [ended("a", "succeeded"), ended("b", "failed"), ended("c", "failed")], none)).toBe(
    "3 tasks have ended, 2 of them failed.",
  );
});

test("says once that a task has stalled", () => {
  const stalledIds = new Set([open("a").id]);
  expect(describeChanges(sightsOf([open("a")], none), [open("a")], stalledIds)).toBe("a has stalled.");
  expect(describeChanges(sightsOf([open("a")], stalledIds), [open("a")], stalledIds)).toBe("");
});
