import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import {
  defaultSweepSettings,
  emptyReport,
  errorToProblem,
  isOutOfTime,
  isOutage,
  problemForCallers,
} from "../../../lib/sweep/target-sweep.ts";
import type { SweepProblem } from "../../../lib/sweep/target-sweep.ts";
import { explain } from "../../fakes/explain.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";

const signal = new AbortController().signal;
const problem: SweepProblem = { kind: "unavailable", code: null, message: "down", requestId: null, taskId: null };

test("the default settings match the documented times", () => {
  const minute = 60_000;
  expect(defaultSweepSettings).toEqual({
    overlapMs: 15 * minute,
    longestOverlapMs: 360 * minute,
    openListEveryMs: 60 * minute,
    firstLookbackMs: 1_440 * minute,
    windowMs: 360 * minute,
    vanish: { minSweeps: 3, minMs: 10 * minute, neverShownMs: 30 * minute, watchMs: 1_440 * minute },
    stallAfterMs: 120 * minute,
    progressReadsPerSweep: 20,
    detailBudgetMs: 90_000,
    reasonGraceMs: 30 * minute,
    announceDiscovered: false,
    retentionMs: 90 * 24 * 60 * 60_000,
    leaseMs: 90_000,
  });
});

describe("emptyReport()", () => {
  test("starts with zero counts, in time, and without a problem", () => {
    expect(emptyReport("aliyun:cn-hangzhou")).toEqual({
      target: "aliyun:cn-hangzhou",
      listed: 0,
      reconciled: 0,
      changed: 0,
      completed: 0,
      vanished: 0,
      stalled: 0,
      unknown: 0,
      unexplained: 0,
      unexplainedFailures: [],
      unreadable: 0,
      nameless: 0,
      namelessSinceMs: null,
      detailUnreadable: 0,
      unreadableItems: 0,
      replacedItems: 0,
      unreadableIds: new Set(),
      published: 0,
      refused: 0,
      pendingEvents: 0,
      unconfigured: false,
      strandedTasks: 0,
      clockSkewSeconds: null,
      finished: true,
      skipped: false,
      overdue: 0,
      problems: [],
    });
  });
});

describe("isOutOfTime()", () => {
  test.each([
    [1001, false],
    [1000, true],
    [999, true],
  ])("at 1000, of a sweep that stops at %i, is %s", (stopAtMs, expected) => {
    const deps = {
      ledger: createMemoryLedger(),
      bus: createRecordingBus(),
      explain,
      clock: createManualClock(1000),
      random: { next: () => 0, nonce: () => "" },
      settings: defaultSweepSettings,
    };
    expect(isOutOfTime({ deps, run: { signal, stopAtMs } })).toBe(expected);
  });
});

describe("errorToProblem()", () => {
  test("keeps the provider's message and the task concerned", () => {
    const error = new ProviderError("throttled", "slow down", { code: "Throttling", requestId: "r-1" });
    const told = { kind: "throttled", code: "Throttling", message: "slow down", requestId: "r-1" };
    expect(errorToProblem(error, "a:b:1")).toEqual({ ...told, taskId: "a:b:1" });
    expect(errorToProblem(error)).toEqual({ ...told, taskId: null });
  });

  test("treats any other error as a failure of the sweep itself", () => {
    const internal = { kind: "internal", code: null, requestId: null };
    const bug = errorToProblem(new TypeError("a bug"), "a:b:1");
    expect(bug).toEqual({ ...internal, message: "TypeError: a bug", taskId: "a:b:1" });
    expect(errorToProblem("thrown")).toEqual({ ...internal, message: "unknown error", taskId: null });
  });
});

describe("isOutage()", () => {
  test.each([
    ["throttled", true],
    ["unauthorized", true],
    ["unavailable", true],
    ["internal", true],
    ["not-found", true],
    ["bad-request", true],
    ["malformed", true],
    ["conflict", true],
    ["unreadable", false],
    ["undelivered", false],
    ["unconfigured", false],
    ["clock", false],
  ] as const)("for %s that concerns no single task is %s", (kind, expected) => {
    expect(isOutage({ ...problem, kind })).toBe(expected);
    expect(isOutage({ ...problem, kind, taskId: "a:b:1" })).toBe(false);
  });
});

describe("problemForCallers()", () => {
  test("shows the provider's message and nothing of internal failures", () => {
    expect(problemForCallers(problem)).toBe("down");
    expect(problemForCallers({ ...problem, kind: "internal" })).toBe(
      "the sweep itself failed; the reason is in its log",
    );
  });
});
