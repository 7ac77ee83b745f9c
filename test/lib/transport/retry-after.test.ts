import { expect, test } from "vitest";
import { readRetryAfter } from "../../../lib/transport/retry-after.ts";

const date = "Sun, 01 Mar 2026 09:00:00 GMT";
const now = Date.UTC(2026, 2, 1, 9);

test.each([
  [{ "retry-after": "7" }, 7_000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after": " 7\t" }, 7_000],
  [{ "retry-after": "86400" }, 86_400_000],
  [{ "x-acs-retry-after": "1500" }, 1_500],
  [{ "x-acs-retry-after": " 1500 " }, 1_500],
  [{ "x-acs-retry-after": "86400000" }, 86_400_000],
  [{ "x-acs-retry-after": "1500", "retry-after": "9" }, 1_500],
  [{ "x-acs-retry-after": "0", "retry-after": "9" }, 9_000],
  [{ "x-acs-retry-after": "soon", "retry-after": "9" }, 9_000],
  [{ "retry-after": "Sun, 01 Mar 2026 09:00:30 GMT", date }, 30_000],
  [{ "retry-after": " Sun, 01 Mar 2026 09:00:30 GMT ", date }, 30_000],
  [{ "retry-after": "Sun, 01 Mar 2026 08:00:00 GMT", date }, 0],
  [{ "retry-after": "Mon, 02 Mar 2026 09:00:00 GMT", date }, 86_400_000],
])("readRetryAfter() of %j is %d ms", (headers, waitMs) => {
  expect(readRetryAfter(headers, null)).toBe(waitMs);
});

test.each([
  {},
  { "retry-after": "" },
  { "retry-after": "-1" },
  { "retry-after": "7s" },
  { "retry-after": "7.5" },
  { "retry-after": "in 7" },
  { "retry-after": "7, 8" },
  { "retry-after": "86401" },
  { "retry-after": "9".repeat(400) },
  { "x-acs-retry-after": "86400001" },
  { "x-acs-retry-after": "0" },
  { "x-acs-retry-after": "15s" },
  { "x-acs-retry-after": "Sun, 01 Mar 2026 09:00:30 GMT", date },
  { "retry-after": "Mon, 02 Mar 2026 09:00:01 GMT", date },
  { "retry-after": "Sat, 01 Jan 20000 00:00:00 GMT", date },
  { "retry-after": "Sun, 31 Feb 2026 09:00:00 GMT", date },
])("readRetryAfter() gives null for %j", (headers) => {
  expect(readRetryAfter(headers, now)).toBeNull();
});

test("readRetryAfter() measures a date by the server's clock, or else by ours, or else not at all", () => {
  const until = { "retry-after": "Sun, 01 Mar 2026 09:00:30 GMT" };
  expect(readRetryAfter({ ...until, date }, now + 20_000)).toBe(30_000);
  expect(readRetryAfter(until, now + 20_000)).toBe(10_000);
  expect(readRetryAfter({ ...until, date: "today" }, now + 20_000)).toBe(10_000);
  expect(readRetryAfter(until, null)).toBeNull();
});
