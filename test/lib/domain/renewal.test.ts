import { describe, expect, test } from "vitest";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import { applyRenewal } from "../../../lib/domain/renewal.ts";
import type { Operation, Task } from "../../../lib/domain/task.ts";
import { pendingEvent } from "../../fakes/ledger-contract.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { recordOf } from "../../fakes/task-book.ts";

const nowMs = Date.parse("2026-01-31T13:00:00.000Z");
const hour = 3_600_000;

function knownAs(task: Partial<Task>, wanted: Partial<TaskRecord>): TaskRecord {
  return recordOf(sampleTask(task), { revision: 4, ...wanted });
}

describe("applyRenewal()", () => {
  const day = 24 * hour;
  const operations: readonly Operation[] = [
    { status: "failed", nativeStatus: "Failed", error: null, warning: null, related: { OSSObject: "disk.raw" } },
  ];
  const ended = (agoMs: number, wanted: Partial<TaskRecord> = {}) =>
    knownAs({ status: "failed", operations }, { lastMovedAtMs: nowMs - agoMs, ...wanted });

  test("makes a tombstone of a record that expires within ten days", () => {
    expect(applyRenewal(ended(80 * day - 1), 90 * day, nowMs)).toBeUndefined();
    const record = ended(80 * day, { timeline: [{ status: "failed", nativeStatus: "Failed", atMs: 5 }] });
    expect(applyRenewal(record, 90 * day, nowMs)).toEqual({
      ...record,
      task: { ...record.task, operations: [], truncated: ["operations"] },
      revision: 5,
      timeline: [],
      renewedAtMs: nowMs,
    });
  });

  test("counts from the last renewal, and says nothing was cut where nothing was", () => {
    const renewed = knownAs({ status: "failed" }, { lastMovedAtMs: nowMs - 200 * day, renewedAtMs: nowMs - 80 * day });
    expect(applyRenewal(renewed, 90 * day, nowMs)?.task.truncated).toEqual([]);
    expect(applyRenewal({ ...renewed, renewedAtMs: nowMs - 79 * day }, 90 * day, nowMs)).toBeUndefined();
  });

  test("says once that the operations were cut", () => {
    const record = ended(80 * day, { task: sampleTask({ status: "failed", operations, truncated: ["operations"] }) });
    expect(applyRenewal(record, 90 * day, nowMs)?.task.truncated).toEqual(["operations"]);
  });

  test("renews in the second half of a short retention", () => {
    expect(applyRenewal(ended(hour), 2 * hour, nowMs)).toMatchObject({ renewedAtMs: nowMs });
    expect(applyRenewal(ended(hour - 1), 2 * hour, nowMs)).toBeUndefined();
  });

  test("changes nothing about a record that does not expire, but renews an untracked one", () => {
    const old = { lastMovedAtMs: nowMs - 100 * day };
    const event = pendingEvent(sampleTask({ status: "failed" }), 1);
    expect(applyRenewal(ended(100 * day, { pending: [event] }), 90 * day, nowMs)).toBeUndefined();
    expect(applyRenewal(knownAs({}, old), 90 * day, nowMs)).toBeUndefined();
    expect(applyRenewal(knownAs({}, { ...old, tracking: "untracked" }), 90 * day, nowMs)).toBeDefined();
  });
});
