import { describe, expect, test } from "vitest";
import { rateOfShare } from "../../../lib/config/rate-share.ts";

describe("rateOfShare()", () => {
  test.each([
    [
      { perSecond: 10, burst: 10 },
      { perSecond: 7, burst: 7 },
      { perSecond: 3, burst: 3 },
    ],
    [
      { perSecond: 5, burst: 5 },
      { perSecond: 3.5, burst: 3 },
      { perSecond: 1.5, burst: 2 },
    ],
    [
      { perSecond: 1, burst: 2 },
      { perSecond: 0.7, burst: 1 },
      { perSecond: 0.3, burst: 1 },
    ],
    [
      { perSecond: 1, burst: 1 },
      { perSecond: 0.7, burst: 1 },
      { perSecond: 0.3, burst: 1 },
    ],
  ])("divides %o so that the sweep has most of it and both have a call", (whole, sweep, http) => {
    expect(rateOfShare("sweep", whole)).toEqual(sweep);
    expect(rateOfShare("http", whole)).toEqual(http);
  });
});
