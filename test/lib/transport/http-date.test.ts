import fc from "fast-check";
import { expect, test } from "vitest";
import { readHttpDate } from "../../../lib/transport/http-date.ts";

test.each([
  ["Sun, 01 Mar 2026 09:00:00 GMT", Date.UTC(2026, 2, 1, 9)],
  ["  Sun, 01 Mar 2026 09:00:00 GMT\t", Date.UTC(2026, 2, 1, 9)],
  ["Tue, 29 Feb 2028 23:59:59 GMT", Date.UTC(2028, 1, 29, 23, 59, 59)],
  ["Sat, 01 Jan 2000 00:00:00 GMT", Date.UTC(2000, 0, 1)],
  ["Fri, 31 Dec 2100 23:59:59 GMT", Date.UTC(2100, 11, 31, 23, 59, 59)],
])("readHttpDate() reads %j", (text, epochMs) => {
  expect(readHttpDate(text)).toBe(epochMs);
});

test.each([
  [undefined, "none"],
  ["", "empty"],
  ["soon", "a word"],
  ["Sat, 01 Jan 20000 00:00:00 GMT", "of the year 20000"],
  ["Sat, 01 Jan 2101 00:00:00 GMT", "after 2100"],
  ["Fri, 31 Dec 1999 23:59:59 GMT", "before 2000"],
  ["Mon, 29 Feb 2026 09:00:00 GMT", "no day of the calendar"],
  ["Sun, 31 Feb 2026 09:00:00 GMT", "no day of any calendar"],
  ["Mon, 01 Mar 2026 09:00:00 GMT", "of another day of the week"],
  ["Sun, 01 Mar 2026 24:00:00 GMT", "of an hour that is none"],
  ["Sun, 1 Mar 2026 09:00:00 GMT", "of one digit"],
  ["sun, 01 mar 2026 09:00:00 gmt", "in lower case"],
  ["Sunday, 01-Mar-26 09:00:00 GMT", "in the form of RFC 850"],
  ["Sun Mar  1 09:00:00 2026", "in the form of asctime"],
  ["2026-03-01T09:00:00Z", "in the form of RFC 3339"],
  ["Sun, 01 Mar 2026 09:00:00 +0000", "with another name of its zone"],
  ["Sun, 01 Mar 2026 09:00:00 GMT+1", "of another zone"],
  ["on Sun, 01 Mar 2026 09:00:00 GMT", "after a word"],
  ["1772355600000", "a number"],
])("readHttpDate() gives null for %j, which is %s", (text, _what) => {
  expect(readHttpDate(text)).toBeNull();
});

test("readHttpDate() reads every whole second of its years", () => {
  const seconds = fc.integer({ min: Date.UTC(2000, 0, 1) / 1_000, max: Date.UTC(2101, 0, 1) / 1_000 - 1 });
  fc.assert(
    fc.property(seconds, (second) => {
      expect(readHttpDate(new Date(second * 1_000).toUTCString())).toBe(second * 1_000);
    }),
  );
});
