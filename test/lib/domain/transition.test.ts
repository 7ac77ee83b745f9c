import { describe, expect, test } from "vitest";
import type { Delivery } from "../../../lib/domain/events.ts";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import { applyStall } from "../../../lib/domain/stall.ts";
import { terminalStatuses, unknownProgress } from "../../../lib/domain/task.ts";
import type { Operation, Resource, Task } from "../../../lib/domain/task.ts";
import { applyTrackRequest, applyUntrackRequest } from "../../../lib/domain/track-request.ts";
import {
  applyDeliveries,
  applyMiss,
  applyObservation,
  isFollowed,
  isLastMiss,
  stateDigestOf,
} from "../../../lib/domain/transition.ts";
import { pendingEvent } from "../../fakes/ledger-contract.ts";
import { observationOf, observedAtMs, pendingKinds, recordedAs, vanishRule } from "../../fakes/observed-task.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { recordOf } from "../../fakes/task-book.ts";

const nowMs = observedAtMs;
const hour = 3_600_000;

describe("applyObservation()", () => {
  test("creates a record for the first observation", () => {
    expect(applyObservation(undefined, observationOf())).toEqual({
      task: sampleTask(),
      revision: 1,
      generation: 1,
      firstSeenAtMs: nowMs,
      listedAt: "2026-01-31T12:00:00.000Z",
      timeline: [{ status: "running", nativeStatus: "Processing", atMs: nowMs }],
      lastMovedAtMs: nowMs,
      rowDigest: stateDigestOf(sampleTask()),
      detailRead: false,
      stalledAtMs: null,
      missing: null,
      tracking: "discovered",
      renewedAtMs: null,
      pending: [],
    });
  });

  test("changes nothing when another request shows the same state", () => {
    const again = observationOf({ requestId: "another", observedAt: "2026-01-31T13:00:00.000Z" });
    expect(applyObservation(recordedAs(), again)).toBeUndefined();
  });

  test("records a movement with its time, and keeps the first observation time of an unchanged state", () => {
    const moved = applyObservation(
      recordedAs({}, { stalledAtMs: 5 }),
      observationOf({ status: "paused", nativeStatus: "Paused" }),
    );
    expect(moved).toMatchObject({ revision: 5, lastMovedAtMs: nowMs, stalledAtMs: null, pending: [] });
    const found = applyObservation(
      recordedAs({}, { missing: { count: 2, sinceMs: 1 } }),
      observationOf({ observedAt: "2026-01-31T13:00:00.000Z" }),
    );
    expect(found).toMatchObject({ revision: 5, missing: null, lastMovedAtMs: nowMs - hour });
    expect(found?.task.observedAt).toBe("2026-01-31T12:05:00.000Z");
  });

  test("does not count another notation of a time as movement", () => {
    const respelt = observationOf({
      nativeTimes: { createdAt: "2026-01-31T12:00:00Z", finishedAt: null, zoneAssumed: false },
    });
    const next = applyObservation(recordedAs({}, { stalledAtMs: 7 }), respelt);
    expect(next).toMatchObject({ lastMovedAtMs: nowMs - hour, stalledAtMs: 7 });
    expect(next?.task.nativeTimes.createdAt).toBe("2026-01-31T12:00:00Z");
  });

  test("keeps fields from the detail when a row has fewer", () => {
    const known = recordedAs({
      progress: { percent: 40, succeeded: 1, failed: 0, total: 3 },
      resource: { type: "image", id: "m-1", name: "golden" },
      operations: [{ status: "running", nativeStatus: "Processing", error: null, warning: null, related: {} }],
      cancelable: true,
      labels: { team: "images" },
    });
    const next = applyObservation(
      known,
      observationOf({ status: "canceling", resource: { type: "image", id: null, name: null }, createdAt: null }),
    );
    expect(next?.task).toEqual({ ...known.task, status: "canceling" });
  });

  test("corrects an earlier record that calls a task cancelable, without calling that a movement", () => {
    const known = recordedAs({ cancelable: true });
    const corrected = applyObservation(known, observationOf({ cancelable: false }));
    expect(corrected).toMatchObject({ task: { cancelable: false }, lastMovedAtMs: known.lastMovedAtMs, pending: [] });
  });

  test("ends a task with one event, and uses the observation time when the provider gives no finish time", () => {
    const ended = applyObservation(
      recordedAs({}, { stalledAtMs: 3, missing: { count: 1, sinceMs: 1 } }),
      observationOf({ status: "failed", error: { code: "X", message: "y" }, observedAt: "2026-01-31T12:59:58.000Z" }),
    );
    expect(ended).toMatchObject({
      revision: 5,
      stalledAtMs: null,
      missing: null,
      task: { status: "failed", finishedAt: "2026-01-31T12:59:58.000Z", finishedAtObserved: true },
      pending: [{ attempts: 0, nextAttemptAtMs: nowMs, lastProblem: null }],
    });
    expect(pendingKinds(ended)).toEqual(["completed"]);
    expect(ended?.pending[0]?.event.detail.data).toEqual({ task: ended?.task, previousStatus: "running", sequence: 5 });
    const told = applyObservation(
      recordedAs(),
      observationOf({ status: "succeeded", finishedAt: "2026-01-31T12:58:00.000Z" }),
    );
    expect(told?.task).toMatchObject({ finishedAt: "2026-01-31T12:58:00.000Z", finishedAtObserved: false });
  });

  for (const status of terminalStatuses.filter((word) => word !== "vanished")) {
    test(`never changes a task that is ${status}`, () => {
      for (const seen of ["running", "unknown", "succeeded", "failed", "canceled"] as const) {
        expect(
          applyObservation(recordedAs({ status }), observationOf({ status: seen, nativeStatus: "other" })),
        ).toBeUndefined();
      }
      expect(
        applyMiss(recordedAs({ status }, { missing: { count: 9, sinceMs: 0 } }), vanishRule, nowMs),
      ).toBeUndefined();
      expect(applyStall(recordedAs({ status }, { lastMovedAtMs: 0 }), hour, nowMs)).toBeUndefined();
    });
  }

  test("keeps no reason for an unknown ending when the task vanishes", () => {
    const puzzling = recordedAs(
      { status: "unknown", statusReason: "a sub-operation still runs" },
      { missing: { count: 2, sinceMs: nowMs - hour } },
    );
    expect(applyMiss(puzzling, vanishRule, nowMs)?.task).toMatchObject({ status: "vanished", statusReason: null });
  });

  test("starts a new generation when a vanished task reappears, and keeps its labels and pending events", () => {
    const untold = pendingEvent(sampleTask({ status: "vanished" }), 5);
    const vanished = recordedAs(
      { status: "vanished", labels: { team: "images" } },
      { pending: [untold], tracking: "requested", firstSeenAtMs: 77 },
    );
    const back = applyObservation(vanished, observationOf());
    expect(back).toMatchObject({
      revision: 5,
      generation: 2,
      firstSeenAtMs: 77,
      tracking: "requested",
      task: { status: "running", labels: { team: "images" } },
    });
    expect(back?.pending).toEqual([untold]);
    const ended = applyObservation(vanished, observationOf({ status: "succeeded" }));
    expect(ended?.pending[0]).toEqual(untold);
    expect(pendingKinds(ended)?.[1]).toBe("completed");
    expect(ended?.pending[1]?.event.detail.data).toMatchObject({ previousStatus: "vanished", sequence: 5 });
    expect(ended?.pending[1]?.event.detail.id).not.toBe(
      applyObservation(undefined, observationOf({ status: "succeeded" }))?.pending[0]?.event.detail.id,
    );
  });

  test("leaves the reason of a row as it is when the awaited detail was not needed", () => {
    const awaitedDetail = { sinceMs: 1, failures: 1, notBeforeMs: 2, problem: "the detail cannot be read" };
    expect(applyObservation(recordedAs({}, { awaitedDetail }), observationOf())).toBeUndefined();
  });

  test("counts stillness only from the first detail on", () => {
    const next = applyObservation(recordedAs({}, { detailRead: false }), observationOf({}, { detail: true }));
    expect(next).toMatchObject({ detailRead: true, lastMovedAtMs: nowMs });
    expect(applyObservation(recordedAs({}, { detailRead: true }), observationOf({}, { detail: true }))).toBeUndefined();
  });

  test("does not count a row as a detail read, and keeps an earlier detail read", () => {
    const moved = observationOf({ status: "paused" });
    expect(applyObservation(recordedAs({}, { detailRead: false }), moved)).toMatchObject({ detailRead: false });
    expect(applyObservation(recordedAs({}, { detailRead: true }), moved)).toMatchObject({ detailRead: true });
    for (const [before, detail, after] of [
      [false, false, false],
      [false, true, true],
      [true, false, true],
    ] as const) {
      const ended = applyObservation(
        recordedAs({}, { detailRead: before }),
        observationOf({ status: "failed" }, { detail }),
      );
      expect(ended?.detailRead).toBe(after);
    }
  });

  test("remembers the last row even when it shows nothing new", () => {
    const known = recordedAs({}, { rowDigest: "of a row that said more" });
    expect(applyObservation(known, observationOf({ observedAt: "2026-01-31T13:00:00.000Z" }))).toEqual({
      ...known,
      revision: 5,
      rowDigest: stateDigestOf(sampleTask()),
    });
  });

  test("announces a discovery at the first observation only, when asked to", () => {
    const announced = { announceDiscovered: true };
    expect(pendingKinds(applyObservation(undefined, observationOf({}, announced)))).toEqual(["discovered"]);
    expect(pendingKinds(applyObservation(undefined, observationOf({ status: "failed" }, announced)))).toEqual([
      "completed",
    ]);
    expect(pendingKinds(applyObservation(recordedAs({ status: "vanished" }), observationOf({}, announced)))).toEqual(
      [],
    );
    expect(pendingKinds(applyObservation(recordedAs(), observationOf({ status: "paused" }, announced)))).toEqual([]);
  });

  test("gives a completion the same id throughout a generation", () => {
    const ended = applyObservation(recordedAs(), observationOf({ status: "failed" }));
    if (ended === undefined) throw new Error("no ending");
    expect(ended.pending[0]?.event).toEqual(
      transitionToEvent({
        kind: "completed",
        task: ended.task,
        previousStatus: "running",
        sequence: 5,
        generation: 1,
        occurrence: "",
        atMs: nowMs,
      }),
    );
  });

  test("ignores a task that is no longer tracked", () => {
    expect(
      applyObservation(recordedAs({}, { tracking: "untracked" }), observationOf({ status: "failed" })),
    ).toBeUndefined();
  });
});

describe("the timeline of a record", () => {
  const minute = 60_000;

  test("records every observed status with the provider's word, across generations", () => {
    let record = applyObservation(undefined, observationOf({ status: "pending", nativeStatus: "Waiting" }, { nowMs }));
    const see = (task: Partial<Task>, minutes: number) => {
      record = applyObservation(record, observationOf(task, { nowMs: nowMs + minutes * minute })) ?? record;
    };
    see({ status: "pending", nativeStatus: "Waiting", progress: { ...unknownProgress, percent: 0 } }, 1);
    see({ status: "running", nativeStatus: "Processing" }, 2);
    see({ status: "running", nativeStatus: "Processing", progress: { ...unknownProgress, percent: 50 } }, 3);
    see({ status: "running", nativeStatus: "Uploading" }, 4);
    const missing = { count: 2, sinceMs: nowMs };
    record = applyMiss({ ...(record ?? recordOf(sampleTask())), missing }, vanishRule, nowMs + 15 * minute);
    see({ status: "running", nativeStatus: "Uploading" }, 20);
    see({ status: "succeeded", nativeStatus: "Finished" }, 21);
    see({ status: "failed", nativeStatus: "Failed" }, 22);
    expect(record?.timeline).toEqual([
      { status: "pending", nativeStatus: "Waiting", atMs: nowMs },
      { status: "running", nativeStatus: "Processing", atMs: nowMs + 2 * minute },
      { status: "running", nativeStatus: "Uploading", atMs: nowMs + 4 * minute },
      { status: "vanished", nativeStatus: "Uploading", atMs: nowMs + 15 * minute },
      { status: "running", nativeStatus: "Uploading", atMs: nowMs + 20 * minute },
      { status: "succeeded", nativeStatus: "Finished", atMs: nowMs + 21 * minute },
    ]);
  });

  test("does not change when the status does not change", () => {
    const timeline = [{ status: "running", nativeStatus: "Processing", atMs: 5 }] as const;
    const known = recordedAs({}, { timeline, tracking: "untracked", missing: { count: 1, sinceMs: 1 } });
    const still = recordedAs({}, { timeline });
    expect(applyTrackRequest(known, observationOf())?.timeline).toEqual(timeline);
    expect(applyUntrackRequest(still).timeline).toEqual(timeline);
    expect(applyStall(still, hour, nowMs)?.timeline).toEqual(timeline);
    expect(applyMiss(still, vanishRule, nowMs)?.timeline).toEqual(timeline);
  });
});

describe("the place of a record in lists", () => {
  test("does not change when the provider reports a creation time later or changes it", () => {
    const first = applyObservation(undefined, observationOf({ createdAt: null }));
    expect(first?.listedAt).toBe("2026-01-31T13:00:00.000Z");
    const told = applyObservation(first, observationOf({ createdAt: "2026-01-31T12:00:00.000Z" }));
    expect([told?.listedAt, told?.task.createdAt]).toEqual(["2026-01-31T13:00:00.000Z", "2026-01-31T12:00:00.000Z"]);
    const ended = applyObservation(told, observationOf({ status: "failed", createdAt: "2026-01-31T12:00:30.000Z" }));
    expect(ended?.listedAt).toBe("2026-01-31T13:00:00.000Z");
    const back = applyObservation(
      recordedAs({ status: "vanished" }, { listedAt: "a" }),
      observationOf({ createdAt: null }),
    );
    expect(back?.listedAt).toBe("a");
  });
});

describe("applyObservation() of a task whose detail is needed but not read", () => {
  const ended = { status: "unknown", nativeStatus: "Finished" } as const;
  const known = recordedAs(ended, { lastMovedAtMs: 5 });
  const refused = { unread: { problem: "the detail cannot be read: unauthorized: no" } };

  test("records since when the task waits, and why its status is unknown", () => {
    const waits = { sinceMs: nowMs, failures: 1, notBeforeMs: nowMs + 60_000, problem: refused.unread.problem };
    const expected = { awaitedDetail: waits, task: { statusReason: refused.unread.problem } };
    expect(applyObservation(undefined, observationOf(ended, refused))).toMatchObject(expected);
    expect(applyObservation(known, observationOf(ended, refused))).toMatchObject({ ...expected, lastMovedAtMs: 5 });
    const vanished = recordedAs({ status: "vanished" });
    expect(applyObservation(vanished, observationOf(ended, refused))).toMatchObject({ ...expected, generation: 2 });
  });

  test("waits as well when the detail was read and told nothing", () => {
    const seen = observationOf(ended, { unread: { problem: "a sub-operation still runs" }, detail: true });
    expect(applyObservation(known, seen)).toMatchObject({
      detailRead: true,
      task: { statusReason: "a sub-operation still runs" },
      awaitedDetail: { failures: 1 },
    });
  });

  test("writes nothing more while no read is tried", () => {
    const waiting = applyObservation(undefined, observationOf(ended, { unread: { problem: null } }));
    expect(waiting).toMatchObject({
      awaitedDetail: { sinceMs: nowMs, failures: 0, problem: null },
      task: { statusReason: "the detail has not been read yet" },
    });
    const again = observationOf(ended, { unread: { problem: null }, nowMs: nowMs + hour });
    expect(applyObservation(waiting, again)).toBeUndefined();
  });

  test("waits no longer once the detail is read or the task has moved", () => {
    const awaitedDetail = { sinceMs: 5, failures: 3, notBeforeMs: nowMs, problem: "no" };
    const running = recordedAs({}, { awaitedDetail, detailRead: true });
    expect(applyObservation(running, observationOf({}, { detail: true }))).toMatchObject({ revision: 5 });
    expect(applyObservation(running, observationOf({}, { detail: true }))?.awaitedDetail).toBeUndefined();
    expect(applyObservation(running, observationOf({ status: "paused" }))?.awaitedDetail).toBeUndefined();
    expect(applyObservation(running, observationOf(ended, refused))?.awaitedDetail?.failures).toBe(1);
    expect(applyObservation(running, observationOf({ cancelable: true }))?.awaitedDetail).toEqual(awaitedDetail);
    expect(applyObservation(running, observationOf({ status: "failed" }))?.awaitedDetail).toBeUndefined();
    const missing = { count: 2, sinceMs: 0 };
    const gone = applyMiss({ ...running, missing }, vanishRule, nowMs);
    expect([gone?.task.status, gone?.awaitedDetail]).toEqual(["vanished", undefined]);
  });
});

describe("applyMiss()", () => {
  const missed = (count: number, agoMs: number) => recordedAs({}, { missing: { count, sinceMs: nowMs - agoMs } });

  test("counts misses and remembers the first one", () => {
    const [known, again] = [recordedAs(), missed(1, 60_000)];
    expect(applyMiss(known, vanishRule, nowMs)).toEqual({
      ...known,
      revision: 5,
      missing: { count: 1, sinceMs: nowMs },
      task: { ...known.task, missingSince: "2026-01-31T13:00:00.000Z" },
    });
    const missing = { count: 2, sinceMs: nowMs - 60_000 };
    const task = { ...again.task, missingSince: "2026-01-31T12:59:00.000Z" };
    expect(applyMiss(again, vanishRule, nowMs)).toEqual({ ...again, task, revision: 5, missing });
  });

  test("tells in its event since when a vanished task was missing, and that it cannot be canceled", () => {
    const first = applyMiss(recordedAs({ cancelable: true }), vanishRule, nowMs)!;
    const second = applyMiss(first, vanishRule, nowMs + 60_000)!;
    const vanished = applyMiss(second, vanishRule, nowMs + 600_000)!;
    const gone = { status: "vanished", missingSince: "2026-01-31T13:00:00.000Z", cancelable: false };
    expect(vanished.pending.map(({ event }) => event.detail.data.task)).toMatchObject([gone]);
    expect(applyObservation(vanished, observationOf())?.task).toMatchObject({ status: "running", missingSince: null });
  });

  test("no longer calls a task missing once it is seen again, unchanged or not", () => {
    const missing = applyMiss(recordedAs(), vanishRule, nowMs)!;
    for (const seen of [{}, { status: "paused" }, { status: "succeeded" }] as const) {
      expect(applyObservation(missing, observationOf(seen))).toMatchObject({
        missing: null,
        task: { missingSince: null, status: "running", ...seen },
      });
    }
  });

  test("does not call a task missing that its cloud has never shown", () => {
    const awaited = recordedAs({ status: "pending" }, { rowDigest: "", missing: { count: 0, sinceMs: nowMs } });
    expect(applyMiss(awaited, vanishRule, nowMs)).toMatchObject({
      missing: { count: 1 },
      task: { missingSince: null },
    });
  });

  test("makes the task vanish at the third miss, but not until ten minutes after the first", () => {
    expect(applyMiss(missed(1, hour), vanishRule, nowMs)?.task.status).toBe("running");
    expect(applyMiss(missed(2, 599_999), vanishRule, nowMs)?.task.status).toBe("running");
    const vanished = applyMiss(missed(2, 600_000), vanishRule, nowMs);
    expect(vanished).toMatchObject({
      revision: 5,
      missing: { count: 2, sinceMs: nowMs - 600_000 },
      task: { status: "vanished", done: true, error: null, observedAt: "2026-01-31T13:00:00.000Z" },
    });
    expect(pendingKinds(vanished)).toEqual(["vanished"]);
    expect(vanished?.pending[0]?.event.detail.data.previousStatus).toBe("running");
  });

  test("writes nothing while it only waits for the ten minutes to pass", () => {
    expect(applyMiss(missed(3, 120_000), vanishRule, nowMs)).toBeUndefined();
  });

  test("keeps watching a vanished task for a limited time", () => {
    const vanished = applyMiss(missed(2, 600_000), vanishRule, nowMs)!;
    expect(isFollowed(vanished)).toBe(true);
    expect(applyMiss(vanished, vanishRule, nowMs + vanishRule.watchMs - 1)).toBeUndefined();
    const given = applyMiss(vanished, vanishRule, nowMs + vanishRule.watchMs)!;
    expect(given).toEqual({ ...vanished, revision: vanished.revision + 1, missing: null });
    expect(isFollowed(given)).toBe(false);
    expect(applyMiss(given, vanishRule, nowMs + 2 * vanishRule.watchMs)).toBeUndefined();
  });

  test("counts again from now when a clock that ran ahead recorded the first miss", () => {
    const early = missed(3, -12 * hour);
    const task = { ...early.task, missingSince: "2026-01-31T13:00:00.000Z" };
    const missing = { count: 3, sinceMs: nowMs };
    expect(applyMiss(early, vanishRule, nowMs)).toEqual({ ...early, task, revision: 5, missing });
    expect(applyMiss(missed(3, -60_000), vanishRule, nowMs)).toBeUndefined();
  });

  test("watches a vanished task no longer than a day when a clock that ran ahead recorded it", () => {
    const vanished = applyMiss(missed(2, 600_000), vanishRule, nowMs)!;
    const early = {
      ...vanished,
      lastMovedAtMs: nowMs + 999 * hour,
      missing: { count: 3, sinceMs: nowMs + 999 * hour },
    };
    const corrected = applyMiss(early, vanishRule, nowMs)!;
    expect(corrected).toEqual({
      ...early,
      revision: early.revision + 1,
      lastMovedAtMs: nowMs,
      missing: { count: 3, sinceMs: nowMs },
    });
    expect(applyMiss(corrected, vanishRule, nowMs + vanishRule.watchMs)?.missing).toBeNull();
  });

  test("ignores a task that is no longer tracked", () => {
    const untracked = { ...missed(9, hour), tracking: "untracked" as const };
    expect(applyMiss(untracked, vanishRule, nowMs)).toBeUndefined();
  });
});

describe("isLastMiss()", () => {
  test("is true only when the next miss would make the task vanish", () => {
    const missed = (count: number, agoMs: number) =>
      recordOf(sampleTask(), { missing: { count, sinceMs: nowMs - agoMs } });
    expect(isLastMiss(recordOf(sampleTask()), vanishRule, nowMs)).toBe(false);
    expect(isLastMiss(missed(1, hour), vanishRule, nowMs)).toBe(false);
    expect(isLastMiss(missed(2, 599_999), vanishRule, nowMs)).toBe(false);
    expect(isLastMiss(missed(2, 600_000), vanishRule, nowMs)).toBe(true);
    for (const status of terminalStatuses) {
      const ended = recordOf(sampleTask({ status }), { missing: { count: 2, sinceMs: nowMs - 600_000 } });
      expect(isLastMiss(ended, vanishRule, nowMs)).toBe(false);
    }
  });
});

describe("isFollowed()", () => {
  const missing = { count: 3, sinceMs: 0 };
  test.each([
    ["running", null, true],
    ["running", missing, true],
    ["vanished", null, false],
    ["vanished", missing, true],
    ["succeeded", null, false],
    ["succeeded", missing, false],
  ] as const)("of a task that is %s with misses %j is %s, and false when untracked", (status, misses, expected) => {
    const record = recordOf(sampleTask({ status }), { missing: misses });
    expect(isFollowed(record)).toBe(expected);
    expect(isFollowed({ ...record, tracking: "untracked" })).toBe(false);
  });
});

describe("applyDeliveries()", () => {
  const accepted: Delivery = { accepted: true };
  const refused: Delivery = { accepted: false, reason: "busy" };
  const [one, two] = [pendingEvent(sampleTask(), 5), pendingEvent(sampleTask({ nativeId: "t-2" }), 5)];
  const record = recordedAs({}, { pending: [one, two] });
  const [first, second] = [one.event.detail.id, two.event.detail.id];

  test("removes accepted events and postpones refused ones", () => {
    const deliveries = new Map<string, Delivery>([
      [first, accepted],
      [second, refused],
    ]);
    const next = applyDeliveries(record, deliveries, nowMs);
    expect(next).toEqual({
      ...record,
      revision: 5,
      pending: [{ ...two, attempts: 1, nextAttemptAtMs: nowMs + 60_000, lastProblem: "busy" }],
    });
  });

  test("changes nothing when none of its events was sent", () => {
    expect(applyDeliveries(record, new Map([["another", accepted]]), nowMs)).toBeUndefined();
    expect(applyDeliveries(recordedAs(), new Map([[first, accepted]]), nowMs)).toBeUndefined();
  });

  test("keeps events that were not sent", () => {
    expect(applyDeliveries(record, new Map([[second, accepted]]), nowMs)?.pending).toEqual([one]);
  });

  test("doubles the wait after each refusal, up to an hour", () => {
    let next: TaskRecord = { ...record, pending: [one] };
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      next = applyDeliveries(next, new Map([[first, refused]]), nowMs) ?? next;
      waits.push(((next.pending[0]?.nextAttemptAtMs ?? 0) - nowMs) / 60_000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(JSON.stringify(next.pending[0]?.event)).toBe(JSON.stringify(one.event));
  });
});

describe("stateDigestOf()", () => {
  test("does not depend on time, request, or member order", () => {
    const operation = { status: "running", nativeStatus: "P", error: null, warning: null } as const;
    const one = sampleTask({ operations: [{ ...operation, related: { a: "1", b: "2" } }] });
    const two = sampleTask({
      requestId: "r",
      observedAt: "2030-01-01T00:00:00.000Z",
      labels: { a: "1" },
      operations: [{ related: { b: "2", a: "1" }, ...operation }],
    });
    expect(stateDigestOf(two)).toBe(stateDigestOf(one));
  });

  const step = { status: "running", nativeStatus: "P", error: null, warning: null, related: { a: "1" } } as const;
  const known: Partial<Task> = {
    resource: { type: "image", id: "m-1", name: "golden" },
    error: { code: "a", message: "b" },
    operations: [step],
  };
  const progressed = (change: Partial<Task["progress"]>) => ({ progress: { ...unknownProgress, ...change } });
  const resourced = (change: Partial<Resource>) => ({
    resource: { type: "image", id: "m-1", name: "golden", ...change } as const,
  });
  const stepped = (change: Partial<Operation>) => ({ operations: [{ ...step, ...change }] });
  const timed = (change: Partial<Task["nativeTimes"]>) => ({
    nativeTimes: { createdAt: "2026-01-31T12:00Z", finishedAt: null, zoneAssumed: false, ...change },
  });

  test.each<[string, Partial<Task>]>([
    ["id", { id: "a:b:c" }],
    ["provider", { provider: "another" }],
    ["action", { action: "other" }],
    ["nativeAction", { nativeAction: "Import" }],
    ["status", { status: "paused" }],
    ["nativeStatus", { nativeStatus: "Paused" }],
    ["statusReason", { statusReason: "a sub-operation still runs" }],
    ["done", { done: true }],
    ["partial", { partial: true }],
    ["percent", progressed({ percent: 1 })],
    ["succeeded", progressed({ succeeded: 1 })],
    ["failed", progressed({ failed: 1 })],
    ["total", progressed({ total: 1 })],
    ["resource", { resource: null }],
    ["resource's type", resourced({ type: "disk" })],
    ["resource's id", resourced({ id: null })],
    ["resource's name", resourced({ name: null })],
    ["error", { error: null }],
    ["error's code", { error: { code: "c", message: "b" } }],
    ["error's message", { error: { code: "a", message: "c" } }],
    ["cancelable", { cancelable: true }],
    ["number of operations", { operations: [] }],
    ["operation's status", stepped({ status: "failed" })],
    ["operation's nativeStatus", stepped({ nativeStatus: "Q" })],
    ["operation's error", stepped({ error: { code: "a", message: "b" } })],
    ["operation's warning", stepped({ warning: { code: "a", message: "b" } })],
    ["operation's related item", stepped({ related: { a: "2" } })],
    ["name of an operation's related item", stepped({ related: { b: "1" } })],
    ["createdAt", { createdAt: null }],
    ["finishedAt", { finishedAt: "2026-01-31T12:00:00.000Z" }],
    ["finishedAtObserved", { finishedAtObserved: true }],
    ["native createdAt", timed({ createdAt: null })],
    ["native finishedAt", timed({ finishedAt: "later" })],
    ["zoneAssumed", timed({ zoneAssumed: true })],
  ])("changes with the %s", (_member, change) => {
    expect(stateDigestOf(sampleTask({ ...known, ...change }))).not.toBe(stateDigestOf(sampleTask(known)));
  });

  test("distinguishes an operation's error from its warning, and each code from its message", () => {
    const failures = [
      { code: "a", message: "b" },
      { code: "a", message: "c" },
      { code: "c", message: "b" },
    ];
    const digests = failures.flatMap((failure) => [
      stateDigestOf(sampleTask(stepped({ error: failure }))),
      stateDigestOf(sampleTask(stepped({ warning: failure }))),
    ]);
    expect(new Set(digests).size).toBe(6);
  });

  // It is compared with digests that earlier versions wrote: were it another, every open task would be read again.
  test("stays the same across versions", () => {
    const failure = { code: "a", message: "b" };
    const two = { ...step, error: failure, warning: failure, related: { b: "2", a: "1", c: "3" } };
    expect(stateDigestOf(sampleTask({ ...known, operations: [step, two] }))).toBe("ZeHtoD3rtmctadEuyql4JebzEOU");
    expect(stateDigestOf(sampleTask(known))).toBe("xx9dDgiLkp2aAsaWbSJUOopZy9M");
    expect(stateDigestOf(sampleTask())).toBe("A0oGwa_hsP9JFPHKWB75-0F0Euc");
  });
});
