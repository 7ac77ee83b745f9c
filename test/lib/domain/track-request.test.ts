import { describe, expect, test } from "vitest";
import { awaitedTask, noRowDigest } from "../../../lib/domain/awaited-task.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import {
  applyResolution,
  applyTrackRequest,
  applyUntrackRequest,
  isGivenUp,
  trackedSight,
} from "../../../lib/domain/track-request.ts";
import { applyMiss, applyObservation, isFollowed, isLastMiss, stateDigestOf } from "../../../lib/domain/transition.ts";
import { pendingEvent } from "../../fakes/ledger-contract.ts";
import { observationOf, observedAtMs, pendingKinds, recordedAs, vanishRule } from "../../fakes/observed-task.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const nowMs = observedAtMs;
const hour = 3_600_000;

describe("trackedSight()", () => {
  const awaited = awaitedTask({ target: sampleTask(), capabilities: { cancels: true } }, "t-1", nowMs);

  test("prefers what the provider shows to what is recorded, and that to nothing", () => {
    const found = sampleTask({ status: "paused" });
    const known = recordedAs({}, { rowDigest: "a-row" });
    const sight = { nowMs, announceDiscovered: false };
    expect(trackedSight({ found, known, awaited, nowMs })).toEqual({
      ...sight,
      task: found,
      rowDigest: stateDigestOf(found),
      detail: true,
    });
    expect(trackedSight({ found: undefined, known, awaited, nowMs })).toEqual({
      ...sight,
      task: known.task,
      rowDigest: "a-row",
      detail: false,
    });
    expect(trackedSight({ found: undefined, known: undefined, awaited, nowMs })).toEqual({
      ...sight,
      task: awaited,
      rowDigest: noRowDigest,
      detail: false,
    });
  });
});

describe("applyTrackRequest()", () => {
  test("records an unknown task as requested, with its completion if it has ended", () => {
    expect(applyTrackRequest(undefined, observationOf())).toMatchObject({ tracking: "requested", pending: [] });
    expect(pendingKinds(applyTrackRequest(undefined, observationOf({ status: "failed" })))).toEqual(["completed"]);
  });

  test("changes nothing when the task is already tracked with these labels", () => {
    const asked = recordedAs({ labels: { a: "1", b: "2" } }, { tracking: "requested" });
    expect(applyTrackRequest(asked, observationOf({ status: "failed" }))).toBeUndefined();
    expect(applyTrackRequest(asked, observationOf({ status: "failed" }), { b: "2", a: "1" })).toBeUndefined();
  });

  test("replaces the labels of a tracked task, and nothing else", () => {
    const asked = recordedAs({ labels: { a: "1", b: "2" } }, { tracking: "requested" });
    for (const labels of [{ a: "1", b: "3" }, { a: "1" }, {}]) {
      expect(applyTrackRequest(asked, observationOf({ status: "failed" }), labels)).toEqual({
        ...asked,
        task: { ...asked.task, labels },
        revision: asked.revision + 1,
      });
    }
  });

  test("sends the new labels with later events, and leaves recorded events as they are", () => {
    const labels = { build: "2" };
    const earlier = pendingEvent(sampleTask({ labels: { build: "1" } }), 5);
    const asked = recordedAs({ labels: { build: "1" } }, { tracking: "requested", pending: [earlier] });
    const ended = applyObservation(
      applyTrackRequest(asked, observationOf(), labels),
      observationOf({ status: "failed" }),
    );
    expect(ended?.pending[0]).toEqual(earlier);
    expect(ended?.pending.map(({ event }) => event.detail.data.task.labels)).toEqual([{ build: "1" }, labels]);
  });

  test("labels a task that the sweep found, without changing its state", () => {
    const found = recordedAs();
    expect(applyTrackRequest(found, observationOf({ status: "failed" }), { b: "2" })).toEqual({
      ...found,
      task: { ...found.task, labels: { b: "2" } },
      revision: found.revision + 1,
      tracking: "requested",
    });
  });

  test("does not restart the watch for a vanished task when only its labels are new", () => {
    const missing = { count: 3, sinceMs: 5 };
    const watched = recordedAs({ status: "vanished" }, { tracking: "requested", missing });
    expect(applyTrackRequest(watched, observationOf({ status: "vanished" }), { a: "1" })).toMatchObject({ missing });
  });

  test("tracks an untracked task again with the new labels and clears its misses", () => {
    const untracked = recordedAs({ labels: { a: "1" } }, { tracking: "untracked", missing: { count: 2, sinceMs: 1 } });
    expect(applyTrackRequest(untracked, observationOf(), { b: "2" })).toMatchObject({
      revision: 5,
      tracking: "requested",
      missing: null,
      task: { labels: { b: "2" } },
    });
    expect(applyTrackRequest(untracked, observationOf())?.task.labels).toEqual({});
  });

  test("watches for the return of a vanished task from the time of the request", () => {
    const vanished = recordedAs({ status: "vanished" }, { tracking: "untracked", lastMovedAtMs: nowMs - 9 * hour });
    const asked = applyTrackRequest(vanished, observationOf({ status: "vanished" }), { b: "2" })!;
    expect(asked).toEqual({
      ...vanished,
      task: { ...vanished.task, labels: { b: "2" } },
      revision: 5,
      tracking: "requested",
      missing: { count: 0, sinceMs: nowMs },
    });
    expect(isFollowed(asked)).toBe(true);
    expect(applyMiss(asked, vanishRule, nowMs + vanishRule.watchMs - 1)).toBeUndefined();
    expect(applyMiss(asked, vanishRule, nowMs + vanishRule.watchMs)).toMatchObject({ missing: null, revision: 6 });
    const back = applyObservation(asked, observationOf({ status: "running" }));
    expect(back).toMatchObject({ generation: 2, missing: null, task: { status: "running" } });
    // These records had been given up by the sweep.
    for (const tracking of ["discovered", "requested"] as const) {
      expect(applyTrackRequest({ ...vanished, tracking }, observationOf({ status: "vanished" }))).toMatchObject({
        revision: 5,
        tracking: "requested",
        missing: { count: 0, sinceMs: nowMs },
      });
    }
    expect(applyTrackRequest(asked, observationOf({ status: "vanished" }))).toBeUndefined();
  });

  test("records a completion or a reappearance that happened while the task was untracked", () => {
    const ended = applyTrackRequest(recordedAs({}, { tracking: "untracked" }), observationOf({ status: "failed" }));
    expect(ended).toMatchObject({ revision: 5, tracking: "requested", task: { status: "failed" } });
    expect(pendingKinds(ended)).toEqual(["completed"]);
    const vanished = recordedAs({ status: "vanished" }, { tracking: "untracked" });
    const back = applyTrackRequest(vanished, observationOf());
    expect(back).toMatchObject({ tracking: "requested", generation: 2, task: { status: "running" } });
    // The provider still does not know it: what is recorded is all there is.
    const still = applyTrackRequest(vanished, observationOf({ status: "vanished" }));
    expect(still).toMatchObject({ tracking: "requested", generation: 1, pending: [], task: { status: "vanished" } });
  });
});

describe("applyUntrackRequest()", () => {
  test("drops the labels and keeps the timeline", () => {
    const timeline = [{ status: "running", nativeStatus: "Processing", atMs: 5 }] as const;
    const untracked = applyUntrackRequest(recordedAs({ labels: { a: "1" } }, { timeline }));
    expect([untracked.task.labels, untracked.timeline]).toEqual([{}, timeline]);
  });

  test("keeps pending events", () => {
    const pending = [pendingEvent(sampleTask(), 5)];
    expect(applyUntrackRequest(recordedAs({}, { pending }))).toMatchObject({
      tracking: "untracked",
      revision: 5,
      pending,
    });
  });
});

describe("a task that is tracked before its cloud shows it", () => {
  const minute = 60_000;
  const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
  const facts = { target, capabilities: { cancels: true } };
  const labels = { build: "7" };

  function tracked(known?: TaskRecord, atMs = nowMs): TaskRecord {
    const awaited = awaitedTask(facts, "t-1", atMs);
    return applyTrackRequest(known, trackedSight({ found: undefined, known, awaited, nowMs: atMs }), labels)!;
  }

  /** Misses once a minute for this long. */
  function missedFor(record: TaskRecord, ms: number): TaskRecord {
    let missed = record;
    for (let atMs = nowMs + minute; atMs <= nowMs + ms; atMs += minute)
      missed = applyMiss(missed, vanishRule, atMs) ?? missed;
    return missed;
  }

  test("is pending, says so in words, and makes nothing up", () => {
    const { id, ...unknowns } = { ...sampleTask(), ...target };
    expect(tracked()).toMatchObject({
      tracking: "requested",
      missing: { count: 0, sinceMs: nowMs },
      pending: [],
      task: {
        id,
        nativeId: unknowns.nativeId,
        status: "pending",
        nativeStatus: "",
        statusReason: "the cloud has not shown this task yet",
        action: "other",
        nativeAction: "",
        done: false,
        createdAt: null,
        resource: null,
        cancelable: null,
        labels,
      },
    });
    expect(isFollowed(tracked())).toBe(true);
  });

  test("waits thirty minutes, and vanishes with the next miss", () => {
    const almost = missedFor(tracked(), 29 * minute);
    expect([almost.task.status, almost.revision, almost.pending]).toEqual(["pending", 4, []]);
    expect(isLastMiss(almost, vanishRule, nowMs + 30 * minute - 1)).toBe(false);
    const gone = applyMiss(almost, vanishRule, nowMs + 30 * minute);
    expect(pendingKinds(gone)).toEqual(["vanished"]);
    expect(gone?.pending[0]?.event.detail.data).toMatchObject({
      previousStatus: "pending",
      task: { status: "vanished", done: true, statusReason: "the cloud never showed this task", createdAt: null },
    });
  });

  test("needs three misses to vanish, however far apart they are", () => {
    const [first, second] = [1, 2].map((hours) => nowMs + hours * hour);
    const twice = applyMiss(applyMiss(tracked(), vanishRule, first!)!, vanishRule, second!)!;
    expect(twice.task.status).toBe("pending");
    expect(applyMiss(twice, vanishRule, nowMs + 3 * hour)?.task.status).toBe("vanished");
  });

  test("names what the cloud shows instead, once, and as the reason of its end", () => {
    const ambiguous = missedFor(tracked(), 3 * minute);
    const named = applyMiss(ambiguous, vanishRule, nowMs + 4 * minute, "ambiguous: 2 imports")!;
    expect(named.task.statusReason).toBe("the cloud has not shown this task yet: ambiguous: 2 imports");
    expect(applyMiss(named, vanishRule, nowMs + 5 * minute, "ambiguous: 2 imports")).toBeUndefined();
    expect(applyMiss(named, vanishRule, nowMs + 30 * minute, "ambiguous: 2 imports")?.task.statusReason).toBe(
      "the cloud never showed this task: ambiguous: 2 imports",
    );
  });

  test("becomes the real task when the cloud shows it, and then has only ten minutes to be missing", () => {
    const seen = applyObservation(missedFor(tracked(), 5 * minute), observationOf({ status: "running" }))!;
    expect(seen).toMatchObject({ generation: 1, missing: null, pending: [], lastMovedAtMs: nowMs });
    expect(seen.task).toEqual({ ...sampleTask({ status: "running" }), labels });
    expect(missedFor(seen, 11 * minute).task).toMatchObject({ status: "vanished", statusReason: null });
  });

  test("completes under the same event id as a task that was seen from its beginning", () => {
    const ended = observationOf({ status: "failed" });
    const late = applyObservation(tracked(), ended)!;
    const early = applyObservation(applyTrackRequest(undefined, observationOf()), ended)!;
    expect(pendingKinds(late)).toEqual(["completed"]);
    expect(late.pending[0]?.event.detail.id).toBe(early.pending[0]?.event.detail.id);
    expect(late.pending[0]?.event.detail.data.previousStatus).toBe("pending");
  });

  test("is watched for a day after it vanished, and reappears when the cloud shows it then", () => {
    const gone = missedFor(tracked(), 30 * minute);
    expect([gone.task.status, isFollowed(gone), isGivenUp(gone)]).toEqual(["vanished", true, false]);
    expect(applyObservation(gone, observationOf({ status: "running" }))).toMatchObject({
      generation: 2,
      missing: null,
      task: { status: "running", labels },
    });
  });

  test("is unchanged by a second request, and starts to wait again when it was untracked", () => {
    const missed = missedFor(tracked(), 20 * minute);
    const again = trackedSight({ found: undefined, known: missed, awaited: missed.task, nowMs });
    expect(applyTrackRequest(missed, again)).toBeUndefined();
    const laterMs = nowMs + 25 * minute;
    const trackedAgain = tracked(applyUntrackRequest(missed), laterMs);
    expect(trackedAgain).toMatchObject({ tracking: "requested", rowDigest: noRowDigest, task: { status: "pending" } });
    expect(trackedAgain.missing).toEqual({ count: 0, sinceMs: laterMs });
  });

  test("does not hide the recorded state of a task that a concurrent writer recorded", () => {
    const untracked = recordedAs({ status: "running" }, { tracking: "untracked" });
    const awaited = awaitedTask(facts, "t-1", nowMs);
    const sight = trackedSight({ found: undefined, known: undefined, awaited, nowMs });
    expect(applyTrackRequest(untracked, sight)).toMatchObject({ tracking: "requested", task: { status: "running" } });
    expect(applyTrackRequest(recordedAs(), sight)?.task.status).toBe("running");
  });

  test("leads to the task that its id turns out to refer to, and is then no longer followed", () => {
    const led = applyResolution(tracked(), "t-9")!;
    expect(led).toMatchObject({ knownAs: "t-9", tracking: "untracked", revision: 2, pending: [] });
    expect(isFollowed(led)).toBe(false);
    expect(applyResolution(led, "t-9")).toBeUndefined();
    expect(applyResolution(recordedAs(), "t-9")).toBeUndefined();
    expect(tracked(led).knownAs).toBeUndefined();
  });
});
