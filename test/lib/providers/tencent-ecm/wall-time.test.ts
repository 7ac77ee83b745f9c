import { describe, expect, test } from "vitest";
import { mayLieWithin, readTime, zoneMinutes } from "../../../../lib/providers/tencent-ecm/wall-time.ts";

test.each([
  ["+08:00", 480],
  ["-12:00", -720],
  ["+14:00", 840],
  ["+05:45", 345],
  ["-03:30", -210],
  ["+00:00", 0],
  ["-00:00", 0],
])("zoneMinutes() reads %s as %d minutes east of UTC", (zone, minutes) => {
  expect(zoneMinutes(zone)).toBeCloseTo(minutes);
});

test.each(["", "8", "+8:00", "+0800", "Z", "Asia/Shanghai", "+14:01", "-12:01", "+08:60", "+08:00 ", "UTC+08:00"])(
  "zoneMinutes() throws RangeError when the zone is %j",
  (zone) => {
    expect(() => zoneMinutes(zone)).toThrow(
      new RangeError(`timeZone must be an offset from -12:00 to +14:00, for example +08:00, not "${zone}"`),
    );
  },
);

describe("readTime()", () => {
  test("reads a time without a zone in the assumed zone", () => {
    expect(readTime("2020-06-16 15:43:30", 480)).toEqual({ at: "2020-06-16T07:43:30.000Z", zoneAssumed: true });
    expect(readTime("2020-06-16 15:43:30", -210)).toEqual({ at: "2020-06-16T19:13:30.000Z", zoneAssumed: true });
  });

  test("uses the zone in the text when there is one", () => {
    expect(readTime("2020-06-16T15:43:30Z", 480)).toEqual({ at: "2020-06-16T15:43:30.000Z", zoneAssumed: false });
    expect(readTime("2020-06-16T15:43:30+02:00", 480)).toEqual({ at: "2020-06-16T13:43:30.000Z", zoneAssumed: false });
  });

  test("reads a time with spaces around it and one with a fraction", () => {
    expect(readTime(" 2020-06-16 15:43:30.5\n", 0)).toEqual({ at: "2020-06-16T15:43:30.000Z", zoneAssumed: true });
    expect(readTime("2020-06-16 15:43:30.123456Z", 0)).toEqual({ at: "2020-06-16T15:43:30.000Z", zoneAssumed: false });
  });

  test.each([
    null,
    "",
    "0000-00-00 00:00:00",
    "0000-01-01 00:00:00",
    "2020-06-31 10:00:00",
    "2021-02-29 10:00:00",
    "2020-06-16 24:00:00",
    "2020-06-16 10:60:00",
    "2020-06-16",
    "16.06.2020 10:00:00",
    "yesterday",
    "2020-06-16 10:00:00+99:00",
    "at 2020-06-16 10:00:00",
    "2020-06-16 10:00:00 or so",
  ])("returns no time when the text is %j", (raw) => {
    expect(readTime(raw, 480)).toEqual({ at: null, zoneAssumed: false });
  });
});

describe("mayLieWithin()", () => {
  const after = new Date("2020-06-16T12:00:00Z");
  const before = new Date("2020-06-17T12:00:00Z");

  test.each([
    // 00:00 at -12:00 is 12:00 UTC, the window's first moment.
    ["2020-06-16 00:00:00", true],
    ["2020-06-15 23:59:59", false],
    // 02:00 two days on at +14:00 is 12:00 UTC the day before, the window's last moment.
    ["2020-06-18 02:00:00", true],
    ["2020-06-18 02:00:01", false],
    ["2020-06-16 18:00:00", true],
    ["0000-00-00 00:00:00", true],
    [null, true],
    ["2020-06-16T11:59:59Z", false],
    ["2020-06-16T12:00:00Z", true],
    ["2020-06-17T12:00:00Z", true],
    ["2020-06-17T12:00:01Z", false],
    ["2020-06-17T13:00:00+01:00", true],
  ])("returns for %s: %s", (raw, expected) => {
    expect(mayLieWithin(raw, { after, before })).toBe(expected);
  });

  test("checks only the end that the window has", () => {
    expect(mayLieWithin("2020-06-01 00:00:00", { after, before: undefined })).toBe(false);
    expect(mayLieWithin("2020-07-01 00:00:00", { after, before: undefined })).toBe(true);
    expect(mayLieWithin("2020-06-01 00:00:00", { after: undefined, before })).toBe(true);
    expect(mayLieWithin("2020-07-01 00:00:00", { after: undefined, before })).toBe(false);
  });

  test("is true for every time when the window is unbounded", () => {
    expect(mayLieWithin("1999-01-01 00:00:00", { after: undefined, before: undefined })).toBe(true);
  });
});
