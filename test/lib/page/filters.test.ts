import { describe, expect, test } from "vitest";
import { hashOf, isFiltered, matchesFilters, noFilters, placeOf } from "../../../lib/page/filters.ts";
import type { Filters } from "../../../lib/page/filters.ts";
import { listedTask } from "../../page/scene.ts";

describe("placeOf() and hashOf()", () => {
  test.each<Filters>([
    noFilters,
    { ...noFilters, connections: ["aliyun", "edge"], statuses: ["failed", "stalled"], actions: ["import-image"] },
    { ...noFilters, text: "golden & 100%=?#", days: 7, pages: { open: 3 } },
  ])("are inverse for %j", (filters) => {
    expect(placeOf(hashOf({ view: "overview", filters }))).toEqual({ view: "overview", filters });
  });

  test.each(["edge:global:21", "edge:global:image-name:a b/c?d#e%f"])("are inverse for the task %s", (id) => {
    expect(placeOf(hashOf({ view: "task", id }))).toEqual({ view: "task", id });
  });

  test("leave out what is as usual", () => {
    expect(hashOf({ view: "overview", filters: noFilters })).toBe("#/");
    expect(hashOf({ view: "overview", filters: { ...noFilters, pages: { open: 1 } } })).toBe("#/");
  });

  test.each(["", "#", "#/?days=2&status=nothing&openPage=x&finishedPage=0", "#main"])(
    "read %j as no filters",
    (hash) => {
      expect(placeOf(hash)).toEqual({ view: "overview", filters: noFilters });
    },
  );

  test("keep a malformed escape as it is", () => {
    expect(placeOf("#/tasks/edge:global:%")).toEqual({ view: "task", id: "edge:global:%" });
  });
});

test.each<[Partial<Filters>, boolean]>([
  [{}, true],
  [{ connections: ["edge", "aliyun"] }, true],
  [{ connections: ["edge"] }, false],
  [{ statuses: ["failed"] }, false],
  [{ statuses: ["stalled"] }, true],
  [{ statuses: ["running"] }, true],
  [{ actions: ["export-image"] }, false],
  [{ text: "BUILD=17" }, true],
  [{ text: "hangzhou:t-1" }, true],
  [{ text: "golden" }, false],
])("matchesFilters() with %j is %s for a stalled running import", (wanted, expected) => {
  const task = listedTask({ labels: { build: "1742" } });
  expect(matchesFilters(task, true, { ...noFilters, ...wanted })).toBe(expected);
});

test("matchesFilters() takes a task that moves for no stalled one", () => {
  expect(matchesFilters(listedTask(), false, { ...noFilters, statuses: ["stalled"] })).toBe(false);
});

test("isFiltered() ignores days and pages", () => {
  expect(isFiltered({ ...noFilters, days: 7, pages: { open: 2 } })).toBe(false);
  expect(isFiltered({ ...noFilters, text: "a" })).toBe(true);
});
