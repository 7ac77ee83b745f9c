import { describe, expect, test } from "vitest";
import { isAnotherTask } from "../../../lib/domain/same-task.ts";

/** A creation time, and the cloud's own words for it. */
function created(createdAt: string | null, words: string | null) {
  return { createdAt, nativeTimes: { createdAt: words, finishedAt: null, zoneAssumed: true } };
}

const known = created("2020-06-16T07:43:30.000Z", "2020-06-16 15:43:30");

describe("isAnotherTask()", () => {
  test.each([
    ["a minute and a second later", created("2020-06-16T07:44:31.000Z", "2020-06-16 15:44:31")],
    ["a minute and a second earlier", created("2020-06-16T07:42:29.000Z", "2020-06-16 15:42:29")],
    ["a year later", created("2021-06-16T07:43:30.000Z", "2021-06-16 15:43:30")],
  ])("is true when the task was created %s", (_when, seen) => {
    expect(isAnotherTask(known, seen)).toBe(true);
    expect(isAnotherTask(seen, known)).toBe(true);
  });

  test.each([
    ["is the same", known],
    ["differs in notation only", created("2020-06-16T07:43:30.000Z", "2020-06-16T07:43:30Z")],
    ["is rounded to the minute", created("2020-06-16T07:43:00.000Z", "2020-06-16T07:43Z")],
    ["is a minute later", created("2020-06-16T07:44:30.000Z", "2020-06-16 15:44:30")],
    ["is read in another time zone", created("2020-06-16T15:43:30.000Z", "2020-06-16 15:43:30")],
    ["is missing", created(null, null)],
    ["is no time", created(null, "0000-00-00 00:00:00")],
    ["comes from elsewhere than the task", created("2021-06-16T07:43:30.000Z", null)],
  ])("is false when the creation time %s", (_what, seen) => {
    expect(isAnotherTask(known, seen)).toBe(false);
    expect(isAnotherTask(seen, known)).toBe(false);
  });
});
