import { expect, test } from "vitest";
import { parseDurationMs, printAge } from "../../../lib/cli/duration.ts";

const minute = 60_000;

test.each([
  [-5, "<1m"],
  [999, "<1m"],
  [1000, "1s"],
  [59_999, "59s"],
  [minute, "1m"],
  [185 * minute, "3h05m"],
  [52 * 60 * minute, "2d04h"],
])("printAge(%i) is %s", (ms, words) => {
  expect(printAge(ms)).toBe(words);
});

test.each([
  ["90", 90_000],
  ["90s", 90_000],
  ["30m", 30 * minute],
  ["4h", 240 * minute],
  ["2d", 2880 * minute],
  ["", undefined],
  ["h", undefined],
  ["1.5h", undefined],
  ["-1s", undefined],
  ["1w", undefined],
])("parseDurationMs(%j) is %s", (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});
