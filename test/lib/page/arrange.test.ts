import { describe, expect, test } from "vitest";
import { arrange } from "../../../lib/page/arrange.ts";
import { noFilters } from "../../../lib/page/filters.ts";
import { endedTask, openTask } from "../../page/scene.ts";

const hourMs = 3_600_000;
const nowMs = Date.parse("2026-11-27T14:00:00Z");

const open = (nativeId: string, hoursAgo: number) =>
  openTask({ nativeId, name: nativeId, createdMs: nowMs - hoursAgo * hourMs });
const ended = (nativeId: string, hoursAgo: number, status: "succeeded" | "failed" | "vanished" = "succeeded") =>
  endedTask({ nativeId, name: nativeId, createdMs: nowMs - hoursAgo * hourMs - 60_000 }, 60_000, { status });

function idsOf(tasks: readonly { nativeId: string }[]): string[] {
  return tasks.map(({ nativeId }) => nativeId);
}

describe("arrange()", () => {
  test("puts stalled tasks first, the longest before, and then the latest failures of a day", () => {
    const tasks = [
      open("new", 1),
      open("stuck", 2),
      open("stuck-longer", 9),
      ended("failed", 3, "failed"),
      ended("gone", 1, "vanished"),
      ended("failed-long-ago", 25, "failed"),
    ];
    const stalledIds = new Set(["aliyun:cn-hangzhou:stuck", "aliyun:cn-hangzhou:stuck-longer"]);
    const { attention, open: others, finished } = arrange({ tasks, stalledIds }, noFilters, nowMs);
    expect(idsOf(attention)).toEqual(["stuck-longer", "stuck", "gone", "failed"]);
    expect(idsOf(others)).toEqual(["new"]);
    expect(idsOf(finished)).toEqual(["gone", "failed", "failed-long-ago"]);
  });

  test("shows open tasks of any age, newest first, and finished ones within the days", () => {
    const tasks = [open("old", 999), open("new", 1), ended("day", 23), ended("days", 49)];
    const { open: others, finished } = arrange({ tasks, stalledIds: new Set() }, { ...noFilters, days: 1 }, nowMs);
    expect([idsOf(others), idsOf(finished)]).toEqual([["new", "old"], ["day"]]);
  });

  test("does not call an ended task stalled", () => {
    const known = { tasks: [ended("done", 1)], stalledIds: new Set(["aliyun:cn-hangzhou:done"]) };
    expect(arrange(known, noFilters, nowMs).attention).toEqual([]);
  });

  test("applies the filters to each list", () => {
    const tasks = [open("a", 1), open("b", 1), ended("a-done", 1), ended("b-failed", 1, "failed")];
    const {
      attention,
      open: others,
      finished,
    } = arrange({ tasks, stalledIds: new Set() }, { ...noFilters, text: "A" }, nowMs);
    // Each id has an a: the connection's name is part of it.
    expect(idsOf([...attention, ...others, ...finished])).toHaveLength(5);
    const failed = arrange({ tasks, stalledIds: new Set() }, { ...noFilters, statuses: ["failed"] }, nowMs);
    expect([idsOf(failed.attention), idsOf(failed.open), idsOf(failed.finished)]).toEqual([
      ["b-failed"],
      [],
      ["b-failed"],
    ]);
  });
});
