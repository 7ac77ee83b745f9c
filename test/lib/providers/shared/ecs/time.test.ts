import { expect, test } from "vitest";
import { endOfMinute, floorToMinute, rfc3339OfEcs } from "../../../../../lib/providers/shared/ecs/time.ts";

test.each([
  ["2020-11-24T12:50Z", "2020-11-24T12:50:00.000Z"],
  ["2020-11-24T12:50:07Z", "2020-11-24T12:50:07.000Z"],
  ["2020-11-24T12:50:07.25Z", "2020-11-24T12:50:07.250Z"],
  [" 2020-11-24T12:50Z\n", "2020-11-24T12:50:00.000Z"],
  [null, null],
  ["", null],
  ["2020-11-24T12:50", null],
  ["at 2020-11-24T12:50Z", null],
  ["2020-11-24T12:50Z or so", null],
  ["2020-11-24T12:50.5Z", null],
  ["2020-11-24T12:50:7Z", null],
  ["2020-02-31T12:50Z", null],
  ["2020-11-24T25:50Z", null],
  ["2020-11-24T24:00Z", null],
  ["2020-11-24T12:50:07.Z", null],
  ["2020-11-24T12:5xZ", null],
  ["0000-00-00T00:00Z", null],
  ["yesterday", null],
])("rfc3339OfEcs() reads %j as %j", (text, time) => {
  expect(rfc3339OfEcs(text)).toBe(time);
});

test("times of a request are widened and have no milliseconds", () => {
  const time = new Date("2026-03-01T09:58:31.500Z");
  expect([floorToMinute(time), endOfMinute(time)]).toEqual(["2026-03-01T09:58:00Z", "2026-03-01T09:59:00Z"]);
  const whole = new Date("2026-03-01T09:58:00Z");
  expect([floorToMinute(whole), endOfMinute(whole)]).toEqual(["2026-03-01T09:58:00Z", "2026-03-01T09:59:00Z"]);
  const last = new Date("2026-03-01T09:58:59.999Z");
  expect([floorToMinute(last), endOfMinute(last)]).toEqual(["2026-03-01T09:58:00Z", "2026-03-01T09:59:00Z"]);
});
