import { describe, expect, test } from "vitest";
import { awaitDetail, detailProblem, isDetailDue, withDetailReason } from "../../../lib/domain/awaited-detail.ts";
import type { AwaitedDetail } from "../../../lib/domain/awaited-detail.ts";
import { ProviderError } from "../../../lib/domain/errors.ts";
import { clockToleranceMs } from "../../../lib/domain/stored-time.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const minute = 60_000;

describe("awaitDetail()", () => {
  test("doubles the wait from one minute to one hour", () => {
    let awaited: AwaitedDetail | undefined;
    const waits = Array.from({ length: 9 }, (_, n) => {
      awaited = awaitDetail(awaited, "no", n);
      return (awaited.notBeforeMs - n) / minute;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(awaited).toMatchObject({ sinceMs: 0, failures: 9, problem: "no" });
  });

  test("changes no wait when no read was tried", () => {
    const failed = awaitDetail(undefined, "no", 5);
    expect(awaitDetail(failed, null, 9)).toBe(failed);
    expect(awaitDetail(undefined, null, 9)).toEqual({ sinceMs: 9, failures: 0, notBeforeMs: 9, problem: null });
  });
});

describe("awaitDetail() after a clock that ran ahead", () => {
  test("counts the waiting from now, at the next failure", () => {
    const ahead = awaitDetail(undefined, "no", 600 * minute);
    expect(awaitDetail(ahead, "no", 5)).toEqual({ ...ahead, sinceMs: 5, failures: 2, notBeforeMs: 2 * minute + 5 });
  });
});

describe("isDetailDue()", () => {
  test("is true from the end of the wait on, and without a wait", () => {
    const awaited = awaitDetail(undefined, "no", 0);
    expect([minute - 1, minute].map((nowMs) => isDetailDue(awaited, nowMs))).toEqual([false, true]);
    expect(isDetailDue(undefined, 0)).toBe(true);
  });

  test("is false up to the longest wait and what two clocks may differ", () => {
    const awaited = awaitDetail(undefined, "no", 0);
    const latestMs = 60 * minute + clockToleranceMs;
    expect(isDetailDue({ ...awaited, notBeforeMs: latestMs }, 0)).toBe(false);
    expect(isDetailDue({ ...awaited, notBeforeMs: latestMs + 1 }, 0)).toBe(true);
  });

  test("is true when a clock that ran ahead has postponed the read beyond the longest wait", () => {
    const awaited = awaitDetail(undefined, "no", 12 * 60 * minute);
    expect(isDetailDue(awaited, 0)).toBe(true);
    expect(awaitDetail(awaited, "no", 0)).toMatchObject({ sinceMs: 0, failures: 2, notBeforeMs: 2 * minute });
  });
});

describe("withDetailReason()", () => {
  test("tells the problem instead of what the row says", () => {
    const refused = awaitDetail(undefined, "no", 0);
    expect(withDetailReason(sampleTask(), refused).statusReason).toBe("no");
    expect(withDetailReason(sampleTask({ statusReason: "still runs" }), refused).statusReason).toBe("no");
    expect(withDetailReason(sampleTask(), { ...refused, problem: null }).statusReason).toBe(
      "the detail has not been read yet",
    );
  });
});

describe("detailProblem()", () => {
  test("tells kind, code, and message, and not more than fits", () => {
    expect(detailProblem(new ProviderError("unauthorized", "no", { code: "Forbidden.RAM" }))).toBe(
      "the detail cannot be read: unauthorized (Forbidden.RAM): no",
    );
    expect(detailProblem(new ProviderError("malformed", "odd"))).toBe("the detail cannot be read: malformed: odd");
    const fits = "m".repeat(300 - "the detail cannot be read: malformed: ".length);
    expect(detailProblem(new ProviderError("malformed", fits))).toBe(`the detail cannot be read: malformed: ${fits}`);
    const long = detailProblem(new ProviderError("malformed", "😀".repeat(400)));
    expect(long).toHaveLength(300);
    expect(long.isWellFormed()).toBe(true);
  });
});
