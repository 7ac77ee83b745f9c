import { expect, test } from "vitest";
import { pauseMs } from "../../../lib/page/pace.ts";

const good = { pages: 2, failures: 0, retryAfterMs: null, hidden: false };

test.each([
  ["five seconds while it is seen", good, 0, 5000],
  ["a minute while it is hidden", { ...good, hidden: true }, 0, 60_000],
  ["a second for each page that was read", { ...good, pages: 100 }, 0, 100_000],
  ["longer with each failure", { ...good, failures: 3 }, 0, 20_000],
  ["two minutes at most", { ...good, failures: 30 }, 0, 120_000],
  ["a little longer for some, so that not all come back at once", { ...good, failures: 3 }, 1, 25_000],
  ["what Retry-After says", { ...good, failures: 1, retryAfterMs: 42_000 }, 0, 42_000],
])("pauses %s", (_what, round, random, expected) => {
  expect(pauseMs(round, random)).toBe(expected);
});
