import { describe, expect, test } from "vitest";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import type { Operation, Task, TaskStatus } from "../../../lib/domain/task.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { RecordContendedError } from "../../../lib/ledger/ledger.ts";
import { recordChange } from "../../../lib/ledger/record-change.ts";
import { recordAndCount } from "../../../lib/sweep/record.ts";
import { defaultSweepSettings, emptyReport } from "../../../lib/sweep/target-sweep.ts";
import { explain } from "../../fakes/explain.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedCloud } from "../../fakes/scripted-cloud.ts";
import { sweepWith } from "../../fakes/sweep-bench.ts";
import { recordOf } from "../../fakes/task-book.ts";

const signal = new AbortController().signal;
const first = recordOf(sampleTask());
const { id } = first.task;
const stored = async (ledger: Ledger) => (await ledger.readTasks([id], signal)).records.get(id);
const relabel = (label: string) => (record: TaskRecord | undefined) =>
  record && {
    ...record,
    revision: record.revision + 1,
    task: { ...record.task, labels: { ...record.task.labels, [label]: "" } },
  };

/** A ledger with a concurrent write before each of our first `times` writes. */
function contended(ledger: Ledger, times: number): Ledger {
  let left = times;
  return {
    ...ledger,
    async writeTask(record, expected, writeSignal) {
      if (left > 0) {
        left -= 1;
        const theirs = relabel(`theirs-${left}`)(await stored(ledger));
        if (theirs) await ledger.writeTask(theirs, theirs.revision - 1, writeSignal);
      }
      return ledger.writeTask(record, expected, writeSignal);
    },
  };
}

describe("recordChange()", () => {
  test("writes a new record and returns it", async () => {
    const ledger = createMemoryLedger();
    expect(await recordChange({ taskId: id, known: undefined, apply: () => first }, { ledger }, signal)).toBe(first);
    expect(await stored(ledger)).toEqual(first);
  });

  test("writes nothing when there is no change", async () => {
    const ledger = createMemoryLedger();
    const change = { taskId: id, known: undefined, apply: () => undefined };
    expect(await recordChange(change, { ledger }, signal)).toBeUndefined();
    expect(await stored(ledger)).toBeUndefined();
  });

  test("applies the change to the record that another writer changed meanwhile", async () => {
    const ledger = createMemoryLedger();
    await ledger.writeTask(first, null, signal);
    const change = { taskId: id, known: first, apply: relabel("ours") };
    const written = await recordChange(change, { ledger: contended(ledger, 3) }, signal);
    expect(Object.keys(written?.task.labels ?? {}).toSorted()).toEqual(["ours", "theirs-0", "theirs-1", "theirs-2"]);
    expect(await stored(ledger)).toEqual(written);
    expect(written?.revision).toBe(5);
  });

  test("writes nothing when another writer made the change unnecessary", async () => {
    const ledger = createMemoryLedger();
    await ledger.writeTask(first, null, signal);
    const late = recordOf(sampleTask({ requestId: "late" }));
    const apply = (record: TaskRecord | undefined) => (record === undefined ? late : undefined);
    expect(await recordChange({ taskId: id, known: undefined, apply }, { ledger }, signal)).toBeUndefined();
    expect(await stored(ledger)).toEqual(first);
  });

  test("throws RecordContendedError when other writers keep winning", async () => {
    const ledger = createMemoryLedger();
    await ledger.writeTask(first, null, signal);
    const change = { taskId: id, known: first, apply: relabel("ours") };
    const refused = recordChange(change, { ledger: contended(ledger, 9) }, signal);
    await expect(refused).rejects.toThrow(RecordContendedError);
    await expect(refused).rejects.toThrow(
      `${id} was changed by other writers at every attempt; the next sweep tries again`,
    );
  });

  test("does not mistake another record of the same revision for its own write", async () => {
    const ledger = createMemoryLedger();
    await ledger.writeTask(first, null, signal);
    const change = { taskId: id, known: first, apply: relabel("ours") };
    const written = await recordChange(change, { ledger: contended(ledger, 1) }, signal);
    expect(written).toMatchObject({ revision: 3, task: { labels: { ours: "", "theirs-0": "" } } });
  });

  test("creates a record again that was removed meanwhile", async () => {
    const ledger = createMemoryLedger();
    const apply = (record: TaskRecord | undefined) => (record === undefined ? first : { ...first, revision: 2 });
    const written = await recordChange({ taskId: id, known: first, apply }, { ledger }, signal);
    expect(written).toEqual(first);
    expect(await stored(ledger)).toEqual(first);
  });

  test("recognizes its own write when only the response was lost", async () => {
    const ledger = createMemoryLedger();
    await ledger.writeTask(first, null, signal);
    const lossy: Ledger = {
      ...ledger,
      async writeTask(record, expected, writeSignal) {
        await ledger.writeTask(record, expected, writeSignal);
        return ledger.writeTask(record, expected, writeSignal);
      },
    };
    let applied = 0;
    const apply = (record: TaskRecord | undefined) => {
      applied += 1;
      return relabel("ours")(record);
    };
    const written = await recordChange({ taskId: id, known: first, apply }, { ledger: lossy }, signal);
    expect(applied).toBe(1);
    expect(await stored(ledger)).toEqual(written);
  });
});

describe("recordAndCount()", () => {
  const recorded = (status: TaskStatus, revision: number, seen: Partial<Task> = {}) =>
    recordOf(sampleTask({ ...seen, requestId: String(revision), status }), { revision });

  async function counted(
    before: TaskStatus | undefined,
    after: TaskStatus | undefined,
    seen: Partial<Task> = {},
    report = emptyReport("aliyun:cn-hangzhou"),
  ) {
    const ledger = createMemoryLedger();
    const known = before === undefined ? undefined : recorded(before, 1);
    if (known) await ledger.writeTask(known, null, signal);
    const next = after === undefined ? undefined : recorded(after, 2, seen);
    const clock = createManualClock(0);
    const deps = {
      ledger,
      bus: createRecordingBus(),
      explain,
      clock,
      random: { next: () => 0, nonce: () => "" },
      settings: defaultSweepSettings,
    };
    const change = { taskId: id, known, apply: () => next };
    const provider = createScriptedCloud(clock);
    const sweep = sweepWith({ provider, deps, run: { signal, stopAtMs: 1 }, report });
    const written = await recordAndCount(change, sweep);
    expect(written).toBe(next);
    return report;
  }

  test.each<[TaskStatus | undefined, TaskStatus | undefined, object]>([
    [undefined, undefined, {}],
    ["running", undefined, {}],
    [undefined, "running", { changed: 1 }],
    ["running", "paused", { changed: 1 }],
    ["running", "vanished", { changed: 1, vanished: 1 }],
    ["vanished", "vanished", { changed: 1 }],
    ["running", "failed", { changed: 1, completed: 1 }],
    [undefined, "succeeded", { changed: 1, completed: 1 }],
    ["succeeded", "succeeded", { changed: 1 }],
  ])("of a change from %s to %s counts %j", async (before, after, counts) => {
    expect(await counted(before, after)).toEqual({ ...emptyReport("aliyun:cn-hangzhou"), ...counts });
  });

  const unheard = { code: "ParameterInvalid", message: "The parameter is invalid." };
  const known = { code: "InvalidOSSObject.NotFound", message: "" };
  const partOf = (error: Operation["error"]): Operation => {
    return { status: "failed", nativeStatus: "Failed", error, warning: null, related: {} };
  };

  test("counts a completed task whose failure nothing explains, and shows the failure once", async () => {
    const report = await counted("running", "failed", { error: unheard, operations: [partOf(unheard)] });
    await counted("running", "failed", { error: unheard }, report);
    expect(report).toMatchObject({ completed: 2, unexplained: 2, unexplainedFailures: [unheard] });
  });

  test("counts a task with an unexplained failure beside an explained one", async () => {
    const report = await counted("running", "failed", { error: known, operations: [partOf(known), partOf(unheard)] });
    expect(report).toMatchObject({ unexplained: 1, unexplainedFailures: [unheard] });
  });

  test.each<[string, TaskStatus, Partial<Task>]>([
    ["an explained failure", "failed", { error: known }],
    ["a failure without a reason", "failed", { error: null, operations: [partOf(null)] }],
    ["a success", "succeeded", {}],
    ["a canceled task with a part that failed", "canceled", { operations: [partOf(unheard)] }],
  ])("does not count %s", async (_what, status, seen) => {
    expect(await counted("running", status, seen)).toMatchObject({
      completed: 1,
      unexplained: 0,
      unexplainedFailures: [],
    });
  });

  test("shows at most twenty failures and counts all tasks", async () => {
    const report = emptyReport("aliyun:cn-hangzhou");
    for (let n = 0; n < 25; n += 1)
      await counted("running", "failed", { error: { code: `E${n}`, message: "" } }, report);
    expect(report).toMatchObject({ unexplained: 25, unexplainedFailures: { length: 20, 19: { code: "E19" } } });
  });
});
