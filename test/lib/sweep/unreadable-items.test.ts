import { describe, expect, test } from "vitest";
import type { Item } from "../../../lib/ledger/unreadable-item.ts";
import { createMemoryLedger, editable } from "../../fakes/memory-ledger.ts";
import type { MemoryLedger } from "../../fakes/memory-ledger.ts";
import { createSweepBench, hour, minute } from "../../fakes/sweep-bench.ts";
import type { SweepBench } from "../../fakes/sweep-bench.ts";
import { edit } from "../../fakes/unreadable-items-contract.ts";

const signal = new AbortController().signal;

interface Setup {
  readonly bench: SweepBench;
  readonly memory: MemoryLedger;
  idOf(nativeId: string): string;
  edit(nativeId: string, changes: Item): Promise<Item>;
}

/** `t-bad` and `t-good`, which a first sweep has recorded as running. */
async function setUp(): Promise<Setup> {
  const memory = createMemoryLedger();
  const settings = { stallAfterMs: 24 * hour };
  const bench = createSweepBench({ ledger: () => memory }, { settings });
  bench.task("t-bad", minute, { status: "running" });
  bench.task("t-good", minute, { status: "running" });
  await bench.sweep();
  await bench.clock.advance(minute);
  const { connection, region } = bench.cloud.target;
  const idOf = (nativeId: string) => `${connection}:${region}:${nativeId}`;
  return { bench, memory, idOf, edit: (nativeId, changes) => edit(editable(memory), idOf(nativeId), changes) };
}

const copiesIn = ({ items }: MemoryLedger) => [...items.keys()].filter((id) => id.startsWith("#unreadable#"));

describe("a sweep that meets a broken record", () => {
  test("replaces it once and completes its task and the others", async () => {
    const { bench, memory, idOf, edit } = await setUp();
    await edit("t-bad", { record: "{" });
    for (const name of ["t-bad", "t-good"]) bench.turn(name, { status: "succeeded" });
    const report = await bench.sweep();
    expect(report).toMatchObject({ finished: true, completed: 2, replacedItems: 1, unreadableItems: 1 });
    expect(report.problems).toEqual([
      {
        kind: "unreadable-item",
        code: null,
        message: "the record is not JSON",
        requestId: null,
        taskId: idOf("t-bad"),
      },
    ]);
    expect(bench.told().toSorted()).toEqual(["completed t-bad succeeded", "completed t-good succeeded"]);
    await bench.clock.advance(minute);
    // The copy remains to be looked at.
    expect(await bench.sweep()).toMatchObject({ problems: [], replacedItems: 0, unreadableItems: 1 });
    expect(copiesIn(memory)).toHaveLength(1);
    expect(bench.told()).toHaveLength(2);
  });

  test("keeps labels and generation if they can be read, and a sequence that grows", async () => {
    const { bench, memory, idOf, edit } = await setUp();
    const stored = JSON.parse(String(memory.items.get(idOf("t-bad"))?.["record"]));
    const task = { ...stored.task, status: "odd", labels: { team: "images" } };
    const record = JSON.stringify({ ...stored, task, revision: 7, generation: 3 });
    await edit("t-bad", { record, revision: 7 });
    bench.turn("t-bad", { status: "failed", error: { code: "E", message: "m" } });
    await bench.sweep();
    expect(bench.bus.events[0]?.detail.data).toMatchObject({
      task: { status: "failed", labels: { team: "images" } },
      previousStatus: "unknown",
      sequence: 9,
    });
    expect(await bench.record("t-bad")).toMatchObject({ generation: 3, tracking: "requested" });
  });

  test("tells that a task has vanished that the cloud has forgotten as well", async () => {
    const { bench, edit } = await setUp();
    await edit("t-bad", { record: "{" });
    bench.cloud.tasks.delete("t-bad");
    await bench.sweepFor(20 * minute);
    expect(bench.told()).toEqual(["vanished t-bad vanished"]);
  });

  test("completes a task whose completion was in the record and not yet on the bus", async () => {
    const { bench, edit } = await setUp();
    bench.bus.refusal = () => "down";
    bench.turn("t-bad", { status: "succeeded" });
    await bench.sweep();
    await edit("t-bad", { record: "{" });
    bench.bus.refusal = () => undefined;
    await bench.clock.advance(2 * hour);
    await bench.sweepFor(5 * minute);
    expect(bench.told()).toEqual(["completed t-bad succeeded"]);
  });

  test("follows a task that the sweep finds only because somebody tracked it", async () => {
    const { bench, edit } = await setUp();
    const known = await bench.record("t-bad");
    const task = bench.cloud.tasks.get("t-bad");
    if (known === undefined || task === undefined) throw new Error("not recorded");
    await bench.ledger.writeTask({ ...known, tracking: "requested", revision: 2 }, known.revision, signal);
    await edit("t-bad", { record: "{" });
    bench.cloud.tasks.set("t-bad", { ...task, nativeAction: "ModifyDiskSpec" });
    bench.turn("t-bad", { status: "succeeded" });
    await bench.sweepFor(3 * minute);
    expect(bench.told()).toEqual(["completed t-bad succeeded"]);
  });

  test("does not read the records of unchanged tasks to find broken ones", async () => {
    const { bench, edit } = await setUp();
    await bench.clock.advance(hour);
    await bench.sweep();
    await edit("t-bad", { record: "{" });
    await bench.clock.advance(minute);
    bench.counts.taskReads = 0;
    expect(await bench.sweep()).toMatchObject({ problems: [], unreadableItems: 0 });
    expect(bench.counts.taskReads).toBe(0);
  });
});

describe("a sweep that meets the broken record of a closed task", () => {
  test("does not tell its end again", async () => {
    const { bench, memory, edit } = await setUp();
    bench.turn("t-bad", { status: "succeeded" });
    await bench.sweep();
    expect(bench.told()).toEqual(["completed t-bad succeeded"]);
    const edited = await edit("t-bad", { record: "{" });
    await bench.clock.advance(minute);
    expect(await bench.sweep()).toMatchObject({ finished: true, replacedItems: 0, unreadableItems: 1 });
    expect(bench.told()).toHaveLength(1);
    expect(memory.items.get(String(edited["id"]))).toEqual(edited);
  });

  test("does not follow it again if it was untracked", async () => {
    const { bench, edit } = await setUp();
    const known = await bench.record("t-bad");
    if (known === undefined) throw new Error("not recorded");
    const untracked = { ...known, tracking: "untracked", revision: known.revision + 1 } as const;
    await bench.ledger.writeTask(untracked, known.revision, signal);
    await edit("t-bad", { record: "{" });
    bench.turn("t-bad", { status: "succeeded" });
    await bench.sweepFor(5 * minute);
    expect(bench.told()).toEqual([]);
  });
});

describe("a sweep that meets the record of a newer version", () => {
  const newer = '{"format":3,"record":"only the newer version can read this"}';

  test("leaves it alone, completes the other tasks, and moves the checkpoint", async () => {
    const { bench, memory, idOf, edit } = await setUp();
    const edited = await edit("t-bad", { record: newer });
    for (const name of ["t-bad", "t-good"]) bench.turn(name, { status: "succeeded" });
    const before = await bench.checkpointMs();
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      const report = await bench.sweep();
      expect(report).toMatchObject({ finished: true, replacedItems: 0, unreadableItems: 1 });
      expect(report.problems).toMatchObject([{ kind: "unreadable-item", taskId: idOf("t-bad") }]);
      await bench.clock.advance(minute);
    }
    expect(bench.told()).toEqual(["completed t-good succeeded"]);
    expect(await bench.checkpointMs()).toBeGreaterThan(before ?? 0);
    expect(memory.items.get(idOf("t-bad"))).toEqual(edited);
    expect(copiesIn(memory)).toEqual([]);
  });

  test("completes the task once the record can be read again", async () => {
    const { bench, memory, idOf, edit } = await setUp();
    const { record } = memory.items.get(idOf("t-bad")) ?? {};
    await edit("t-bad", { record: newer });
    bench.turn("t-bad", { status: "succeeded" });
    await bench.sweepFor(3 * hour);
    await edit("t-bad", { record });
    await bench.sweepFor(2 * minute);
    expect(bench.told()).toEqual(["completed t-bad succeeded"]);
    expect(await bench.sweep()).toMatchObject({ unreadableItems: 0 });
  });
});

describe("a sweep that meets a record which an index shows wrongly", () => {
  test.each<[string, Item]>([
    ["not at all", { openTarget: undefined }],
    ["with another digest", { rowDigest: 7 }],
    ["as that of another target", { openTarget: "other:one" }],
  ])("corrects an index that shows it %s, and completes its task", async (_how, changes) => {
    const { bench, memory, edit } = await setUp();
    await bench.clock.advance(2 * hour);
    await edit("t-bad", changes);
    await bench.sweepFor(2 * minute);
    bench.turn("t-bad", { status: "succeeded" });
    await bench.sweepFor(2 * minute);
    expect(bench.told()).toEqual(["completed t-bad succeeded"]);
    expect(copiesIn(memory)).toEqual([]);
  });
});

describe("a sweep whose index of open tasks has a broken item", () => {
  test("corrects it without waiting for a list that shows the task", async () => {
    const { bench, memory, idOf, edit } = await setUp();
    await bench.clock.advance(2 * hour);
    await bench.sweep();
    await edit("t-bad", { rowDigest: 7 });
    await bench.clock.advance(minute);
    const report = await bench.sweep();
    expect(report.problems).toMatchObject([
      { kind: "unreadable-item", taskId: idOf("t-bad"), message: expect.stringContaining("written again") },
    ]);
    expect(memory.items.get(idOf("t-bad"))?.["rowDigest"]).toEqual(expect.any(String));
  });
});

describe("a sweep of a target whose own item is broken", () => {
  test("starts over, and tells nothing twice", async () => {
    const { bench, memory } = await setUp();
    bench.turn("t-good", { status: "succeeded" });
    await bench.sweep();
    await bench.clock.advance(minute);
    const { connection, region } = bench.cloud.target;
    await edit(editable(memory), `#target#${connection}:${region}`, { checkpointMs: {}, revision: "x" });
    bench.turn("t-bad", { status: "succeeded" });
    const report = await bench.sweep();
    expect(report).toMatchObject({ finished: true, completed: 1, replacedItems: 1, unreadableItems: 1 });
    expect(report.problems).toMatchObject([
      {
        kind: "unreadable-item",
        message:
          "the state of this target could not be read, and its sweeps start over: revision of the item is missing or wrong",
        taskId: null,
      },
    ]);
    expect(bench.told()).toEqual(["completed t-good succeeded", "completed t-bad succeeded"]);
    expect(await bench.ledger.readTarget(bench.cloud.target, signal)).toMatchObject({
      checkpointMs: bench.clock.now(),
      unreadableItems: 1,
    });
  });
});
