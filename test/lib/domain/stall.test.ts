import { describe, expect, test } from "vitest";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import { applyFailedLook, applyStall, isStill } from "../../../lib/domain/stall.ts";
import { unknownProgress } from "../../../lib/domain/task.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { applyObservation, stateDigestOf } from "../../../lib/domain/transition.ts";
import type { Observation } from "../../../lib/domain/transition.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { recordOf } from "../../fakes/task-book.ts";

const nowMs = Date.parse("2026-01-31T13:00:00.000Z");
const hour = 3_600_000;

function observationOf(task: Partial<Task>): Observation {
  const seen = sampleTask(task);
  return { task: seen, rowDigest: stateDigestOf(seen), detail: false, nowMs, announceDiscovered: false };
}

/** A record of a running task that last moved an hour ago. */
function knownAs(task: Partial<Task> = {}, wanted: Partial<TaskRecord> = {}): TaskRecord {
  const known = sampleTask(task);
  return recordOf(known, { rowDigest: stateDigestOf(known), revision: 4, lastMovedAtMs: nowMs - hour, ...wanted });
}

const types = (record: TaskRecord | undefined) =>
  record?.pending.map(({ event }) => event.detail.type.split(".").at(-1));

describe("applyStall()", () => {
  test("emits one event per stall, and another only after a movement", () => {
    const stalled = applyStall(knownAs(), hour, nowMs);
    expect(stalled).toMatchObject({ revision: 5, stalledAtMs: nowMs });
    expect(types(stalled)).toEqual(["stalled"]);
    if (stalled === undefined) throw new Error("no stall");
    expect(applyStall(stalled, hour, nowMs + hour - 1)).toBeUndefined();
    const foundAgain = applyStall(stalled, hour, nowMs + hour);
    expect(foundAgain).toMatchObject({ revision: 6, stalledAtMs: nowMs + hour });
    expect(types(foundAgain)).toEqual(["stalled"]);

    const moved = applyObservation(stalled, observationOf({ progress: { ...unknownProgress, percent: 9 } }));
    if (moved === undefined) throw new Error("no movement");
    const nextStall = applyStall({ ...moved, pending: [] }, hour, nowMs + hour);
    expect(nextStall?.pending[0]?.event.detail.id).not.toBe(stalled.pending[0]?.event.detail.id);
  });

  test("waits for the threshold and ignores untracked tasks", () => {
    expect(applyStall(knownAs(), hour + 1, nowMs)).toBeUndefined();
    expect(applyStall(knownAs({}, { tracking: "untracked" }), hour, nowMs)).toBeUndefined();
  });
});

describe("applyStall() of a task whose times are in the future", () => {
  test("emits no event and waits again from now", () => {
    const ahead = knownAs({}, { lastMovedAtMs: nowMs + 12 * hour });
    const corrected = applyStall(ahead, hour, nowMs);
    expect(corrected).toEqual({ ...ahead, revision: 5, lastMovedAtMs: nowMs });
    if (corrected === undefined) throw new Error("no correction");
    expect(applyStall(corrected, hour, nowMs + hour - 1)).toBeUndefined();
    expect(types(applyStall(corrected, hour, nowMs + hour))).toEqual(["stalled"]);
  });

  test("does not emit the event of a known stall again", () => {
    const ahead = knownAs({}, { lastMovedAtMs: nowMs - hour, stalledAtMs: nowMs + 12 * hour });
    const corrected = applyStall(ahead, hour, nowMs);
    expect(corrected).toEqual({ ...ahead, revision: 5, stalledAtMs: nowMs });
    expect(corrected && types(applyStall(corrected, hour, nowMs + hour))).toEqual([]);
  });

  test("accepts a time that is a minute ahead, the difference of two clocks in order", () => {
    expect(applyStall(knownAs({}, { lastMovedAtMs: nowMs + 60_000 }), hour, nowMs)).toBeUndefined();
  });
});

describe("isStill()", () => {
  test("counts from the last movement or, once stalled, from the last check", () => {
    expect(isStill({ lastMovedAtMs: 10, stalledAtMs: null }, 5, 14)).toBe(false);
    expect(isStill({ lastMovedAtMs: 10, stalledAtMs: null }, 5, 15)).toBe(true);
    expect(isStill({ lastMovedAtMs: 10, stalledAtMs: 15 }, 5, 19)).toBe(false);
    expect(isStill({ lastMovedAtMs: 10, stalledAtMs: 15 }, 5, 20)).toBe(true);
  });
});

describe("applyFailedLook()", () => {
  const problem = "the detail cannot be read: unauthorized: no";
  const look = { problem, stallAfterMs: hour, nowMs };
  const sinceOf = (sinceMs: number) => ({ sinceMs, failures: 1, notBeforeMs: nowMs, problem });

  test("counts the failure and waits for the threshold", () => {
    const moving = { lastMovedAtMs: nowMs - hour + 1 };
    for (const status of ["running", "unknown"] as const) {
      const failed = applyFailedLook(knownAs({ status }, moving), look);
      expect(failed).toMatchObject({ revision: 5, stalledAtMs: null, task: { statusReason: null } });
      expect(failed?.awaitedDetail).toEqual({ sinceMs: nowMs, failures: 1, notBeforeMs: nowMs + 60_000, problem });
      expect(types(failed)).toEqual([]);
    }
  });

  test("reports an ended task that waited too long for its outcome, and says why", () => {
    const stalled = applyFailedLook(knownAs({ status: "unknown" }), look);
    expect(stalled).toMatchObject({ revision: 5, stalledAtMs: nowMs, task: { status: "unknown" } });
    expect(stalled?.pending.map(({ event }) => event.detail.data)).toMatchObject([
      { sequence: 5, task: { status: "unknown", statusReason: problem } },
    ]);
    const untried = applyFailedLook(knownAs({ status: "unknown" }), { ...look, problem: null });
    expect(untried?.task.statusReason).toBe("the detail has not been read yet");
  });

  test("reports a running task only when its detail was unreadable for as long, because it may move", () => {
    const since = (sinceMs: number) => applyFailedLook(knownAs({}, { awaitedDetail: sinceOf(sinceMs) }), look);
    expect(types(since(nowMs - hour + 1))).toEqual([]);
    expect(types(since(nowMs - hour))).toEqual(["stalled"]);
    expect(since(nowMs - hour)?.task).toMatchObject({ status: "running", statusReason: problem });
  });

  test("writes nothing when no read was tried and nothing has stalled", () => {
    const untried = { ...look, problem: null };
    expect(applyFailedLook(knownAs(), untried)).toBeUndefined();
    expect(applyFailedLook(knownAs({ status: "unknown" }, { lastMovedAtMs: nowMs }), untried)).toBeUndefined();
  });

  test("ignores ended and untracked tasks", () => {
    expect(applyFailedLook(knownAs({ status: "failed" }), look)).toBeUndefined();
    expect(applyFailedLook(knownAs({}, { tracking: "untracked" }), look)).toBeUndefined();
  });

  test("reports a stall once, however often the look fails", () => {
    const stalled = applyFailedLook(knownAs({ status: "unknown" }), look);
    if (stalled === undefined) throw new Error("no stall");
    const again = applyFailedLook(stalled, { ...look, nowMs: nowMs + hour });
    expect(again).toMatchObject({ stalledAtMs: nowMs + hour, awaitedDetail: { failures: 2 } });
    expect(types(again)).toEqual(["stalled"]);
  });
});
