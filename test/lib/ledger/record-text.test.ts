import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { boundTask } from "../../../lib/domain/bound-task.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { recordToItem } from "../../../lib/ledger/items.ts";
import { recordToText, textToRecord } from "../../../lib/ledger/record-text.ts";
import { entryBytes, maxCallBytes } from "../../../lib/sweep/event-bus.ts";
import { hostileTask } from "../../fakes/hostile-task.ts";
import { pendingEvent } from "../../fakes/ledger-contract.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { recordOf } from "../../fakes/task-book.ts";

const operations: Task["operations"] = [
  { status: "failed", nativeStatus: "Failed", error: null, warning: null, related: { b: "2", a: "1", "": "" } },
];
const ended = sampleTask({ status: "failed", error: { code: "Über", message: "日本 🙂 \u2028" }, operations });
const running = sampleTask({ operations });

describe("recordToText()", () => {
  test.each<[string, TaskRecord, number]>([
    ["no event", recordOf(ended), 1],
    ["an event of the same task", recordOf(ended, { pending: [pendingEvent(ended, 1)] }), 1],
    ["an event of an earlier state", recordOf(ended, { pending: [pendingEvent(running, 1)] }), 2],
    [
      "events of both",
      recordOf(ended, { pending: [pendingEvent(running, 1), pendingEvent(ended, 2), pendingEvent(running, 3)] }),
      3,
    ],
  ])("keeps %s byte for byte and writes each task once", (_case, record, tasks) => {
    const text = recordToText(record);
    expect(JSON.stringify(textToRecord(text))).toBe(JSON.stringify(record));
    expect(text.split('"nativeAction"').length - 1).toBe(tasks);
  });

  test("writes an event whose task differs only in the order of its members as it is", () => {
    const { labels, ...others } = ended;
    const event = pendingEvent({ labels, ...others }, 1);
    const record = recordOf(ended, { pending: [event] });
    expect(JSON.stringify(textToRecord(recordToText(record)))).toBe(JSON.stringify(record));
  });

  test("writes what an earlier version can read, unless that version would send an event without its task", () => {
    // What the earlier version checked of a record.
    const Earlier = z.looseObject({ task: z.looseObject({ createdAt: z.nullable(z.string()) }), revision: z.number() });
    const parse = (record: TaskRecord) => Earlier.safeParse(JSON.parse(recordToText(record))).success;
    expect(parse(recordOf(ended))).toBe(true);
    expect(parse(recordOf(ended, { pending: [pendingEvent(running, 1)] }))).toBe(true);
    expect(parse(recordOf(ended, { pending: [pendingEvent(ended, 1)] }))).toBe(false);
  });
});

describe("textToRecord() of a record that an earlier version wrote", () => {
  /** The record as read, if it was written without the member. */
  function readWithout(member: keyof Task, wanted: Partial<TaskRecord>): Task {
    const { [member]: _absent, ...task } = running;
    return textToRecord(JSON.stringify({ ...recordOf(running, wanted), task })).task;
  }
  const missing = { count: 1, sinceMs: Date.parse("2026-01-31T12:06:00.000Z") };

  test("tells since when its task is missing", () => {
    expect(readWithout("missingSince", { missing }).missingSince).toBe("2026-01-31T12:06:00.000Z");
  });

  test.each<[string, Partial<TaskRecord>]>([
    ["is shown", { missing: null }],
    ["was tracked again and not missed since", { missing: { ...missing, count: 0 } }],
    ["was never shown", { missing, rowDigest: "" }],
  ])("does not call a task missing that %s", (_case, wanted) => {
    expect(readWithout("missingSince", wanted).missingSince).toBeNull();
  });

  test("keeps a member that was written", () => {
    const seen = textToRecord(JSON.stringify(recordOf(running, { missing })));
    expect(seen.task.missingSince).toBeNull();
  });
});

describe("the largest record", () => {
  /** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
  function itemBytes(item: Readonly<Record<string, unknown>>): number {
    const valueBytes = (value: unknown) => (typeof value === "string" ? Buffer.byteLength(value) : 21);
    return Object.entries(item).reduce((sum, [name, value]) => sum + name.length + valueBytes(value), 0);
  }

  // As the API bounds them, and as long as JSON can make them.
  const labels = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`${String(n).padStart(2, "0")}${"\u0001".repeat(62)}`, "\u0001".repeat(256)]),
  );
  const nativeId = "語".repeat(200);
  const widest = { code: "語".repeat(300), message: "語".repeat(2000) };
  const operation = { status: "failed", nativeStatus: "語".repeat(200), error: widest, warning: widest } as const;
  const largest = sampleTask({
    connection: "c".repeat(32),
    region: "r".repeat(63),
    nativeId,
    status: "failed",
    nativeStatus: widest.message,
    nativeAction: widest.message,
    statusReason: widest.message,
    error: widest,
    resource: { type: "image", id: widest.message, name: widest.message },
    operations: Array.from({ length: 900 }, () => ({ ...operation, related: { [widest.message]: widest.message } })),
    labels,
  });
  const timeline = Array.from({ length: 50 }, () => ({
    status: "succeeded" as const,
    nativeStatus: "語".repeat(100),
    atMs: 1_769_864_400_000,
  }));

  function recordWith(tasks: readonly Task[]): TaskRecord {
    const [task = largest, ...others] = tasks.map((one) => ({ ...boundTask(one), labels }));
    const pending = others.map((other, n) => ({ ...pendingEvent(other, n), lastProblem: "p".repeat(300) }));
    return recordOf(task, { timeline, pending, missing: { count: 3, sinceMs: 1_769_864_400_000 } });
  }

  test("fits an item and the bus, with three pending events of other states", () => {
    const record = recordWith([largest, ...[1, 2, 3].map((n) => ({ ...largest, requestId: String(n) }))]);
    const bytes = itemBytes(recordToItem(record, 90));
    // Large enough to be a test of the limits.
    expect(bytes).toBeGreaterThan(300 * 1024);
    expect(bytes).toBeLessThan(400 * 1024);
  });

  test("fits an item and the bus, whatever the provider sent", () => {
    fc.assert(
      fc.property(fc.tuple(hostileTask, hostileTask, hostileTask, hostileTask), (tasks) => {
        const record = recordWith(tasks);
        expect(itemBytes(recordToItem(record, 90))).toBeLessThan(400 * 1024);
        expect(JSON.stringify(textToRecord(recordToText(record)))).toBe(JSON.stringify(record));
        for (const { event } of record.pending) {
          const entry = { Source: "image-tasks", DetailType: event.detailType, Detail: JSON.stringify(event.detail) };
          expect(entryBytes({ ...entry, Time: new Date() })).toBeLessThan(maxCallBytes);
        }
      }),
      { numRuns: 50 },
    );
  });
});
