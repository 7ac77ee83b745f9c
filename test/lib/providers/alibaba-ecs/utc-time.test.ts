import { expect, test } from "vitest";
import { rfc3339OfEcs } from "../../../../lib/providers/alibaba-ecs/utc-time.ts";

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
])("rfc3339OfEcs() reads %j as %j", (text, time) => {
  expect(rfc3339OfEcs(text)).toBe(time);
});
