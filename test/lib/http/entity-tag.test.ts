import { describe, expect, test } from "vitest";
import { entityTag, listEntityTag, matchesEntityTag, taskEntityTag } from "../../../lib/http/entity-tag.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

describe("entityTag()", () => {
  test("is a quoted digest that changes with any byte", () => {
    expect(entityTag("{}")).toBe('"RBNvo1WzZ4oRRq0W9-hknpT7T8I"');
    expect(entityTag("{ }")).not.toBe(entityTag("{}"));
  });
});

const again = { observedAt: "2026-01-31T12:06:00.000Z", requestId: "R-2" };

describe("taskEntityTag()", () => {
  test("is weak, and does not change with the observation", () => {
    expect(taskEntityTag(sampleTask())).toMatch(/^W\/"[\w-]{27}"$/);
    expect(taskEntityTag(sampleTask(again))).toBe(taskEntityTag(sampleTask()));
  });

  test.each([
    { status: "paused" as const },
    { progress: { percent: 1, succeeded: null, failed: null, total: null } },
    { missingSince: "2026-01-31T12:06:00.000Z" },
    { labels: { requestId: "R-1" } },
    { timeline: [{ status: "running", nativeStatus: "Processing", at: "2026-01-31T12:06:00.000Z" }] },
  ])("changes with %j", (change) => {
    expect(taskEntityTag({ ...sampleTask(), ...change })).not.toBe(taskEntityTag(sampleTask()));
  });

  test("changes with a label that is named like a member that is left out", () => {
    const tags = ["R-1", "R-2"].map((requestId) => taskEntityTag(sampleTask({ labels: { requestId } })));
    expect(new Set(tags).size).toBe(2);
  });
});

describe("listEntityTag()", () => {
  const error = { kind: "throttled", message: "slow down", requestId: "R-1" };
  const list = { tasks: [sampleTask()], nextCursor: null, errors: [error] };

  test("does not change with the observations or the requests that failed", () => {
    expect(listEntityTag(list)).toMatch(/^W\/"[\w-]{27}"$/);
    const later = { ...list, tasks: [sampleTask(again)], errors: [{ ...error, requestId: "R-2" }] };
    expect(listEntityTag(later)).toBe(listEntityTag(list));
  });

  test.each([
    { tasks: [] },
    { tasks: [sampleTask({ nativeStatus: "Paused" })] },
    { nextCursor: "next" },
    { errors: [] },
    { errors: [{ ...error, kind: "unavailable" }] },
  ])("changes with %j", (change) => {
    expect(listEntityTag({ ...list, ...change })).not.toBe(listEntityTag(list));
  });
});

describe("matchesEntityTag()", () => {
  test.each([
    ['"a"', true],
    ['"b", "a"', true],
    ['W/"a"', true],
    ['"b",W/"a"', true],
    ["*", true],
    ['"b"', false],
    ['W/"b"', false],
    ["a", false],
    ["W/a", false],
    ["", false],
    [undefined, false],
  ])('reads If-None-Match: %s as %s when the tag is "a"', (header, matches) => {
    expect(matchesEntityTag(header, '"a"')).toBe(matches);
    expect(matchesEntityTag(header, 'W/"a"')).toBe(matches);
  });
});
