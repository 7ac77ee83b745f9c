import { describe, expect, test } from "vitest";
import {
  agoWords,
  countWords,
  durationWords,
  expectedEndWords,
  fullMomentWords,
  momentWords,
  rangeWords,
} from "../../../lib/page/wording.ts";

const minuteMs = 60_000;
const nowMs = Date.parse("2026-11-27T14:00:00Z");
const clock = { nowMs, timeZone: "Europe/Paris" };

test.each([
  [-5, "under 1 min"],
  [999, "under 1 min"],
  [1000, "1 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [65 * minuteMs, "1 h 05 min"],
  [24 * 60 * minuteMs, "1 d 0 h"],
  [76 * 60 * minuteMs, "3 d 4 h"],
])("durationWords(%i) is %s", (ms, words) => {
  expect(durationWords(ms)).toBe(words);
});

test.each([
  [12.4 * minuteMs, 17.2 * minuteMs, "12–18 min"],
  [12 * minuteMs, 12 * minuteMs, "12 min"],
  [8_100, 8_900, "8–9 s"],
  [150 * minuteMs, 200 * minuteMs, "2–4 h"],
])("rangeWords(%d, %d) is rounded outward: %s", (lowMs, highMs, words) => {
  expect(rangeWords({ lowMs, highMs })).toBe(words);
});

describe("momentWords()", () => {
  test("is a time today, and has the day otherwise, in the reader's zone", () => {
    expect(momentWords(Date.parse("2026-11-27T09:05:00Z"), clock)).toBe("10:05");
    expect(momentWords(Date.parse("2026-11-26T23:30:00Z"), clock)).toBe("00:30");
    expect(momentWords(Date.parse("2026-11-26T22:30:00Z"), clock)).toBe("Nov 26, 23:30");
  });
});

test("fullMomentWords() has the year and the seconds", () => {
  expect(fullMomentWords(nowMs, clock)).toBe("Nov 27, 2026, 15:00:00");
});

test.each([
  [nowMs + 5 * minuteMs, nowMs + 11 * minuteMs, "15:05–15:11"],
  [nowMs - minuteMs, nowMs + 11 * minuteMs, "by 15:11"],
  [nowMs + 5_000, nowMs + 9_000, "by 15:00"],
  [nowMs - 9 * minuteMs, nowMs - 1, "longer than usual"],
])("expectedEndWords(%d, %d) is %s", (fromMs, toMs, words) => {
  expect(expectedEndWords({ fromMs, toMs, lowMs: 0, highMs: 0, samples: 8 }, clock)).toBe(words);
});

test("agoWords() and countWords() speak of one and of many", () => {
  expect(agoWords(nowMs - 1000, clock)).toBe("just now");
  expect(agoWords(nowMs - 5 * minuteMs, clock)).toBe("5 min ago");
  expect([countWords(1, "task"), countWords(10_000, "task"), countWords(2, "task has", "tasks have")]).toEqual([
    "1 task",
    "10,000 tasks",
    "2 tasks have",
  ]);
});
