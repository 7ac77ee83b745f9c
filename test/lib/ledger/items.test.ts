import { describe, expect, test } from "vitest";
import { itemToOpenTask, itemToRecord, itemToTargetState, recordToItem } from "../../../lib/ledger/items.ts";
import { UnreadableError } from "../../../lib/ledger/unreadable-item.ts";
import { pendingEvent } from "../../fakes/ledger-contract.ts";
import { sampleTargetState } from "../../fakes/sample-target-state.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { recordOf } from "../../fakes/task-book.ts";

describe("itemToRecord()", () => {
  test("reads a record back with its members in the order written", () => {
    const record = recordOf(sampleTask(), { timeline: [{ status: "running", nativeStatus: "Processing", atMs: 5 }] });
    const read = itemToRecord(recordToItem(record, 90));
    expect(JSON.stringify(read)).toBe(JSON.stringify(record));
  });

  test.each([
    ["2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z"],
    [null, "1970-01-01T00:00:00.007Z"],
  ])("reads a record without a timeline, of a task created at %s", (createdAt, listedAt) => {
    const { timeline: _timeline, listedAt: _listedAt, ...earlier } = recordOf(sampleTask({ createdAt }));
    const item = { id: earlier.task.id, record: JSON.stringify({ ...earlier, firstSeenAtMs: 7 }) };
    expect(itemToRecord(item)).toEqual({ ...earlier, firstSeenAtMs: 7, listedAt, timeline: [] });
  });

  test("reads a record without a status reason, and leaves the events that wait in it as they are", () => {
    const current = recordOf(sampleTask(), { pending: [pendingEvent(sampleTask(), 5)] });
    const earlier = JSON.stringify(current).replaceAll('"statusReason":null,', "");
    expect(earlier).not.toContain("statusReason");
    const read = itemToRecord({ id: current.task.id, record: earlier });
    expect(read.task.statusReason).toBeNull();
    expect(JSON.stringify(read.pending)).toBe(JSON.stringify(JSON.parse(earlier).pending));
  });

  test.each([
    "null",
    "3",
    '"text"',
    "[]",
    "{}",
    '{"task":null,"revision":1,"firstSeenAtMs":7}',
    '{"task":{},"revision":1,"firstSeenAtMs":7}',
    '{"task":{"createdAt":null},"firstSeenAtMs":7}',
    '{"task":{"createdAt":null},"revision":1}',
    '{"task":{"createdAt":null},"revision":1,"firstSeenAtMs":7,"timeline":3}',
  ])("rejects %s as a record", (record) => {
    expect(() => itemToRecord({ id: "a", record })).toThrow(UnreadableError);
  });

  test("rejects a record that is not JSON", () => {
    expect(() => itemToRecord({ id: "a", record: "{" })).toThrow("the record is not JSON");
  });
});

describe("recordToItem()", () => {
  test("uses at most ten kilobytes for the longest timeline", () => {
    const timeline = Array.from({ length: 50 }, () => ({
      status: "canceling" as const,
      nativeStatus: "w".repeat(100),
      atMs: 1_769_864_400_000,
    }));
    const bytesOf = (record: ReturnType<typeof recordOf>) => JSON.stringify(recordToItem(record, 90)).length;
    expect(bytesOf(recordOf(sampleTask(), { timeline })) - bytesOf(recordOf(sampleTask()))).toBeLessThan(10_000);
  });

  const dayMs = 24 * 60 * 60_000;

  test.each([
    [null, dayMs, 31],
    [5 * dayMs, dayMs, 35],
    [dayMs, 5 * dayMs + 1, 35 + 1 / (24 * 60 * 60)],
  ])(
    "lets the record of an ended task, renewed at %s, expire thirty days later",
    (renewedAtMs, lastMovedAtMs, days) => {
      const ended = recordOf(sampleTask({ status: "failed" }), { lastMovedAtMs, renewedAtMs });
      expect(recordToItem(ended, 30)["expiresAt"]).toBe(days * 24 * 60 * 60);
    },
  );
});

describe("itemToOpenTask()", () => {
  const target = { connection: "aliyun", region: "cn-hangzhou" };
  const open = {
    id: "aliyun:cn-hangzhou:a:b",
    status: "running",
    revision: 3,
    rowDigest: "d",
    lastMovedAtMs: 5,
    detailRead: true,
    stalledAtMs: null,
    missing: false,
  };

  test("reads an open task and derives its native id from its id", () => {
    expect(itemToOpenTask({ ...open, openTarget: "aliyun:cn-hangzhou" }, target)).toEqual({ ...open, nativeId: "a:b" });
  });

  test.each(["odd", "aliyun:cn-hangzhou:", "stack:cn-hangzhou:a"])("rejects the item of %s, another target's", (id) => {
    expect(() => itemToOpenTask({ ...open, id }, target)).toThrow("the item is that of another target");
  });

  test.each(Object.keys(open))("rejects an item without %s", (name) => {
    expect(() => itemToOpenTask({ ...open, [name]: undefined }, target)).toThrow(UnreadableError);
  });
});

describe("itemToTargetState()", () => {
  test("reads the lease of a target that a sweep holds", () => {
    const held = { ...sampleTargetState, lease: { holder: "nonce-1", untilMs: 5 } };
    expect(itemToTargetState({ id: "#target#a:b", ...held })).toEqual(held);
  });

  test("reads a state written before sweeps were timed", () => {
    const { lastSweepMs: _took, lastAnsweredAtMs: _answered, ...earlier } = sampleTargetState;
    expect(itemToTargetState({ id: "#target#a:b", ...earlier })).toEqual({
      ...earlier,
      lastSweepMs: null,
      lastAnsweredAtMs: null,
    });
  });
});
