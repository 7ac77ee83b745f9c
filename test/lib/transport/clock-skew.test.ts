import { describe, expect, test } from "vitest";
import { measureSkewMs } from "../../../lib/transport/clock-skew.ts";

const nowMs = Date.parse("2026-03-01T10:00:00.000Z");
const day = 24 * 60 * 60_000;
const dateOf = (epochMs: number) => new Date(epochMs).toUTCString();

describe("measureSkewMs()", () => {
  test.each([
    ["a clock that is behind", nowMs - 17 * 60_000, 200, -17 * 60_000 + 400],
    ["a clock that is ahead", nowMs + 17 * 60_000, 200, 17 * 60_000 + 400],
    ["a difference within the resolution of the header", nowMs - 2000, 0, 0],
    ["a difference beyond it", nowMs - 3000, 0, -2500],
    ["a difference within the time that the answer took", nowMs, 20_000, 0],
    ["a difference of a week", nowMs - 7 * day, 0, -7 * day + 500],
    ["a clock that is more than a week behind", nowMs - 7 * day - 1000, 0, null],
    ["a clock that is years ahead", nowMs + 3650 * day, 0, null],
  ])("of %s", (_what, serverMs, tookMs, skewMs) => {
    const exchange = { sentAtMs: nowMs, receivedAtMs: nowMs + tookMs };
    expect(measureSkewMs(dateOf(serverMs), exchange)).toBe(skewMs);
  });

  test.each([undefined, "", "yesterday", "2026-03-01T10:00:00Z", "Sun, 01 Mar 1970 10:00:00 GMT"])(
    "is unknown when the date is %j",
    (date) => {
      expect(measureSkewMs(date, { sentAtMs: nowMs, receivedAtMs: nowMs })).toBeNull();
    },
  );
});
