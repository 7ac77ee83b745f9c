import { describe, expect, test } from "vitest";
import { statusMatches, targetMatches, taskMatchesButStatus } from "../../../lib/list/filter.ts";
import type { ListTasksQuery } from "../../../lib/list/query.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const everything: ListTasksQuery = { limit: 50, source: "live" };
const image = { type: "image", id: "m-1", name: "golden" } as const;

describe("targetMatches()", () => {
  const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
  test.each([
    [{}, true],
    [{ connection: ["edge", "aliyun"] }, true],
    [{ connection: ["edge"] }, false],
    [{ provider: ["alibaba-ecs" as const], region: ["cn-hangzhou"] }, true],
    [{ provider: ["alibaba-ecs" as const], region: ["cn-beijing"] }, false],
    [{ provider: ["tencent-ecm" as const] }, false],
  ])("returns for %j: %s", (filter, matches) => {
    expect(targetMatches(target, { ...everything, ...filter })).toBe(matches);
  });
});

describe("taskMatchesButStatus()", () => {
  const task = sampleTask({ resource: image, labels: { build: "1742", "a=b": "c=d", none: "" } });
  test.each<[Partial<ListTasksQuery>, boolean]>([
    [{}, true],
    [{ action: ["export-image", "import-image"] }, true],
    [{ action: ["other"] }, false],
    [{ nativeId: ["t-1"] }, true],
    [{ nativeId: ["t-10"] }, false],
    [{ resourceId: ["m-0", "m-1"] }, true],
    [{ resourceId: ["m-2"] }, false],
    [{ imageName: "golden" }, true],
    [{ imageName: "gold" }, false],
    [{ nativeStatus: "processing" }, true],
    [{ nativeStatus: "Finished" }, false],
    [{ nativeAction: "IMPORTIMAGE" }, true],
    [{ nativeAction: "import_image" }, true],
    [{ nativeAction: " ImportImage" }, true],
    [{ nativeAction: "ImportImages" }, false],
    [{ nativeAction: "ExportImage" }, false],
    [{ label: ["build=1742"] }, true],
    [{ label: ["build=1742", "a=b=c=d"] }, true],
    [{ label: ["build=1742", "build=1743"] }, false],
    [{ label: ["build=174"] }, false],
    [{ label: ["build="] }, false],
    [{ label: ["none="] }, true],
    [{ label: ["constructor=1742"] }, false],
    [{ status: ["failed"] }, true],
  ])("returns for %j: %s", (filter, matches) => {
    expect(taskMatchesButStatus(task, { ...everything, ...filter })).toBe(matches);
  });

  test("does not match a task without a resource when a resource is requested", () => {
    expect(taskMatchesButStatus(sampleTask(), { ...everything, resourceId: ["m-1"] })).toBe(false);
    expect(taskMatchesButStatus(sampleTask(), { ...everything, imageName: "golden" })).toBe(false);
  });

  test("keeps a task created in the minute of createdAfter, since some providers report minutes only", () => {
    const createdAfter = new Date("2026-01-31T12:00:59Z");
    expect(taskMatchesButStatus(task, { ...everything, createdAfter })).toBe(true);
    expect(taskMatchesButStatus(task, { ...everything, createdAfter: new Date("2026-01-31T12:01:00Z") })).toBe(false);
  });

  test("does not take a word without letters for a missing word", () => {
    const bare = sampleTask({ nativeAction: "" });
    expect(taskMatchesButStatus(bare, { ...everything, nativeAction: "_" })).toBe(false);
    expect(taskMatchesButStatus(sampleTask({ nativeAction: "_" }), { ...everything, nativeAction: "_" })).toBe(true);
  });

  test("keeps a task created exactly at createdBefore and drops a later one", () => {
    expect(taskMatchesButStatus(task, { ...everything, createdBefore: new Date("2026-01-31T12:00:00Z") })).toBe(true);
    expect(taskMatchesButStatus(task, { ...everything, createdBefore: new Date("2026-01-31T11:59:59Z") })).toBe(false);
  });

  test("drops a task with an unknown creation time only when a time is requested", () => {
    const timeless = sampleTask({ createdAt: null });
    expect(taskMatchesButStatus(timeless, everything)).toBe(true);
    expect(taskMatchesButStatus(timeless, { ...everything, createdAfter: new Date(0) })).toBe(false);
  });
});

describe("statusMatches()", () => {
  test("matches any of the requested statuses", () => {
    expect(statusMatches(sampleTask(), { ...everything, status: ["failed", "running"] })).toBe(true);
    expect(statusMatches(sampleTask(), { ...everything, status: ["failed"] })).toBe(false);
  });
});
