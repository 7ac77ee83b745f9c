import { describe, expect, test } from "vitest";
import { transitionToEvent } from "../../lib/domain/events.ts";
import { applyConfiguration } from "../../lib/domain/known-targets.ts";
import type { OpenTask, PendingEvent, TargetState, TaskRecord } from "../../lib/domain/record.ts";
import type { Task } from "../../lib/domain/task.ts";
import { changeTargetList } from "../../lib/ledger/change-target-list.ts";
import type { Ledger, OpenTaskPage } from "../../lib/ledger/ledger.ts";
import type { RateStore } from "../../lib/transport/rate-budget.ts";
import { sampleTargetState } from "./sample-target-state.ts";
import { sampleTask } from "./sample-task.ts";
import { recordOf } from "./task-book.ts";
import { readingOf } from "./task-reading.ts";

const signal = new AbortController().signal;
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const elsewhere = { ...target, region: "cn-beijing" };

export function pendingEvent(task: Task, nextAttemptAtMs: number): PendingEvent {
  const transition = { kind: "completed", task, previousStatus: "running", sequence: 2, generation: 1 } as const;
  return {
    event: transitionToEvent({ ...transition, occurrence: "", atMs: 1_700_000_000_000 }),
    attempts: 0,
    nextAttemptAtMs,
    lastProblem: null,
  };
}

export function record(nativeId: string, task: Partial<Task> = {}, wanted: Partial<TaskRecord> = {}): TaskRecord {
  return recordOf(sampleTask({ nativeId, ...task }), wanted);
}

export async function collect<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

export async function collectOpen(pages: AsyncIterable<OpenTaskPage>): Promise<OpenTask[]> {
  const rows: OpenTask[] = [];
  for await (const { tasks } of pages) rows.push(...tasks);
  return rows;
}

export async function write(ledger: Ledger, ...records: readonly TaskRecord[]): Promise<void> {
  for (const one of records) {
    if (!(await ledger.writeTask(one, null, signal))) throw new Error(`${one.task.id} is there already`);
  }
}

const idsOf = (rows: readonly OpenTask[]) => rows.map(({ id }) => id);

/** What every `Ledger` must guarantee. */
export function describeLedgerContract(name: string, create: () => Promise<Ledger>): void {
  describe(`${name} as a Ledger`, () => {
    test("writeTask() lets one of two writers win when both expect no record", async () => {
      const ledger = await create();
      const [first, second] = [record("t-1", { requestId: "a" }), record("t-1", { requestId: "b" })];
      const won = await Promise.all([ledger.writeTask(first, null, signal), ledger.writeTask(second, null, signal)]);
      expect(won.toSorted()).toEqual([false, true]);
      const { records: stored } = await ledger.readTasks([first.task.id], signal);
      expect(stored.get(first.task.id)).toEqual(won[0] ? first : second);
    });

    test("writeTask() lets one of two writers win when both expect the same revision", async () => {
      const ledger = await create();
      await write(ledger, record("t-1"));
      const rivals = [1, 2, 3, 4].map((n) => record("t-1", { requestId: String(n) }, { revision: 2 }));
      const won = await Promise.all(rivals.map((rival) => ledger.writeTask(rival, 1, signal)));
      expect(won.filter(Boolean)).toHaveLength(1);
      const { records } = await ledger.readTasks([record("t-1").task.id], signal);
      expect(records.get(record("t-1").task.id)?.task.requestId).toBe(String(won.indexOf(true) + 1));
    });

    test("writeTask() changes nothing when it expects a record that does not exist", async () => {
      const ledger = await create();
      expect(await ledger.writeTask(record("t-1"), 4, signal)).toBe(false);
      expect(await ledger.readTasks([record("t-1").task.id], signal)).toEqual(readingOf(new Map()));
    });

    test("readTasks() returns records byte for byte as written, including pending events", async () => {
      const ledger = await create();
      const task: Partial<Task> = {
        status: "failed",
        error: { code: "ÜberCode", message: 'line 1\nline 2 \u2028 日本 "quoted" \\ 🙂' },
        operations: [
          { status: "failed", nativeStatus: "Failed", error: null, warning: null, related: { b: "2", a: "1", "": "" } },
        ],
        labels: { team: "images" },
      };
      const event = pendingEvent(sampleTask({ nativeId: "t-1", ...task }), 1_700_000_000_123);
      const written = record("t-1", task, { pending: [event], missing: { count: 2, sinceMs: 5 } });
      await write(ledger, written);
      const { records } = await ledger.readTasks([written.task.id], signal);
      const read = records.get(written.task.id);
      expect(JSON.stringify(read)).toBe(JSON.stringify(written));
    });

    test("readTasks() reads more than a hundred ids, each once, and omits those not found", async () => {
      const ledger = await create();
      const many = Array.from({ length: 230 }, (_, n) => record(`t-${n}`));
      await Promise.all(many.map((one) => write(ledger, one)));
      const ids = many.map(({ task }) => task.id);
      const { records: read } = await ledger.readTasks([...ids, ...ids, "aliyun:cn-hangzhou:t-none"], signal);
      expect([...read.keys()].toSorted()).toEqual(ids.toSorted());
      expect(await ledger.readTasks([], signal)).toEqual(readingOf(new Map()));
    });

    test("openTasks() lists the open tasks of one target in id order from the given id on", async () => {
      const ledger = await create();
      await write(
        ledger,
        record("t-3", { status: "unknown" }, { stalledAtMs: 9, lastMovedAtMs: 3, rowDigest: "d", detailRead: false }),
        record("t-1", { status: "paused" }, { missing: { count: 1, sinceMs: 1 }, rowDigest: "" }),
        record("t-2", { status: "succeeded" }),
        record("t-4", { status: "vanished" }),
        record("t-5", {}, { tracking: "untracked" }),
        record("t-6", { region: "cn-beijing" }),
      );
      const open = await collectOpen(ledger.openTasks(target, null, signal));
      expect(open).toEqual([
        {
          id: "aliyun:cn-hangzhou:t-1",
          nativeId: "t-1",
          status: "paused",
          revision: 1,
          rowDigest: "",
          lastMovedAtMs: 0,
          detailRead: true,
          stalledAtMs: null,
          missing: true,
        },
        {
          id: "aliyun:cn-hangzhou:t-3",
          nativeId: "t-3",
          status: "unknown",
          revision: 1,
          rowDigest: "d",
          lastMovedAtMs: 3,
          detailRead: false,
          stalledAtMs: 9,
          missing: false,
        },
      ]);
      const later = await collectOpen(ledger.openTasks(target, "aliyun:cn-hangzhou:t-1", signal));
      expect(idsOf(later)).toEqual(["aliyun:cn-hangzhou:t-3"]);
      expect(idsOf(await collectOpen(ledger.openTasks(elsewhere, null, signal)))).toEqual(["aliyun:cn-beijing:t-6"]);
    });

    test("openTasks() omits tasks that have ended or are no longer tracked", async () => {
      const ledger = await create();
      await write(ledger, record("t-1"), record("t-2"));
      await ledger.writeTask(record("t-1", { status: "failed" }, { revision: 2 }), 1, signal);
      await ledger.writeTask(record("t-2", {}, { revision: 2, tracking: "untracked" }), 1, signal);
      expect(await collectOpen(ledger.openTasks(target, null, signal))).toEqual([]);
    });

    test("tasksWithDueEvents() lists the tasks with a due event, and none once all are delivered", async () => {
      const ledger = await create();
      const [one, two, three] = [record("t-1"), record("t-2"), record("t-3")];
      const due = (task: Task, ...timesMs: number[]) => ({ pending: timesMs.map((ms) => pendingEvent(task, ms)) });
      await write(
        ledger,
        { ...one, ...due(one.task, 5000, 1000) },
        { ...two, ...due(two.task, 1001) },
        three,
        record("t-4", { region: "cn-beijing" }, due(one.task, 1)),
      );
      expect(await collect(ledger.tasksWithDueEvents(target, 1000, signal))).toEqual(["aliyun:cn-hangzhou:t-1"]);
      expect(await collect(ledger.tasksWithDueEvents(target, 2000, signal))).toEqual([
        "aliyun:cn-hangzhou:t-1",
        "aliyun:cn-hangzhou:t-2",
      ]);
      await ledger.writeTask({ ...one, revision: 2, pending: [] }, 1, signal);
      expect(await collect(ledger.tasksWithDueEvents(target, 1000, signal))).toEqual([]);
    });

    test("tasksWithDueEvents() also lists a task whose event was postponed by a clock that ran hours ahead", async () => {
      const ledger = await create();
      const nowMs = Date.parse("2026-01-31T12:00:00.000Z");
      const postponed = (nativeId: string, byMs: number) => {
        const one = record(nativeId);
        return { ...one, pending: [pendingEvent(one.task, nowMs + byMs)] };
      };
      const longestMs = 61 * 60_000;
      await write(
        ledger,
        postponed("t-1", longestMs),
        postponed("t-2", longestMs + 1),
        postponed("t-3", 12 * 3_600_000),
      );
      await write(ledger, postponed("t-4", -1), record("t-5"));
      const ids = await collect(ledger.tasksWithDueEvents(target, nowMs, signal));
      expect(ids.toSorted()).toEqual(["t-2", "t-3", "t-4"].map((nativeId) => `aliyun:cn-hangzhou:${nativeId}`));
      const all = await collect(ledger.tasksWithDueEvents(target, Number.MAX_SAFE_INTEGER, signal));
      expect(all).toHaveLength(4);
    });

    test("listTasks() lists tracked tasks newest first, using the first sighting when the creation time is unknown", async () => {
      const ledger = await create();
      await write(
        ledger,
        record("t-1", { createdAt: "2026-01-01T00:00:00.000Z" }),
        record("t-2", { createdAt: null }, { firstSeenAtMs: Date.parse("2026-01-03T00:00:00.000Z") }),
        record("t-3", { createdAt: "2026-01-02T00:00:00.000Z", status: "succeeded" }),
        record("t-4", { createdAt: "2026-01-04T00:00:00.000Z" }, { tracking: "untracked" }),
        record("t-5", { createdAt: "2026-01-05T00:00:00.000Z", region: "cn-beijing" }),
      );
      const { rows, more } = await ledger.listTasks(target, null, 10, signal);
      expect(rows.map((row) => row.record.task.nativeId)).toEqual(["t-2", "t-3", "t-1"]);
      expect(more).toBe(false);
    });

    test("listTasks() neither repeats nor skips tasks across pages, even with equal times and new arrivals", async () => {
      const ledger = await create();
      const many = Array.from({ length: 23 }, (_, n) =>
        record(`t-${String(n).padStart(2, "0")}`, { createdAt: `2026-01-0${1 + (n % 3)}T00:00:00.000Z` }),
      );
      await write(ledger, ...many);
      const listed: string[] = [];
      let after: string | null = null;
      let more = true;
      while (more) {
        const page = await ledger.listTasks(target, after, 5, signal);
        listed.push(...page.rows.map((row) => row.record.task.nativeId));
        await write(ledger, record(`new-${listed.length}`, { createdAt: "2026-02-01T00:00:00.000Z" }));
        after = page.rows.at(-1)?.position ?? after;
        more = page.more;
      }
      expect(listed).toHaveLength(23);
      expect(listed.toSorted()).toEqual(many.map(({ task }) => task.nativeId));
    });

    test("listTasks() keeps a task in its place when its creation time becomes known", async () => {
      const ledger = await create();
      const listedAt = "2026-01-02T00:00:00.000Z";
      await write(
        ledger,
        record("t-1", { createdAt: "2026-01-01T00:00:00.000Z" }),
        record("t-2", { createdAt: null }, { listedAt }),
        record("t-3", { createdAt: "2026-01-03T00:00:00.000Z" }),
      );
      const told = record("t-2", { createdAt: "2025-12-31T00:00:00.000Z" }, { listedAt, revision: 2 });
      expect(await ledger.writeTask(told, 1, signal)).toBe(true);
      const { rows } = await ledger.listTasks(target, null, 10, signal);
      expect(rows.map((row) => row.record.task.nativeId)).toEqual(["t-3", "t-2", "t-1"]);
    });

    test("writeTarget() keeps the state of each target and lets one of two writers win", async () => {
      const ledger = await create();
      const state: TargetState = {
        revision: 1,
        checkpointMs: 1_700_000_000_000,
        resumeAfterId: "aliyun:cn-hangzhou:t-9",
        lastSweptAtMs: 1_700_000_060_000,
        lastSweepMs: 1500,
        lastAnsweredAtMs: 1_700_000_058_500,
        lastError: null,
        namelessSinceMs: 1_700_000_030_000,
        clockSkewMs: -1_020_000,
        overlapMs: 900_000,
        openListedAtMs: 1_700_000_000_000,
        unreadableItems: 2,
      };
      expect(await ledger.readTarget(target, signal)).toBeUndefined();
      expect(await ledger.writeTarget(target, state, null, signal)).toBe(true);
      expect(await ledger.writeTarget(target, { ...state, checkpointMs: 1 }, null, signal)).toBe(false);
      expect(await ledger.readTarget(target, signal)).toEqual(state);
      expect(await ledger.writeTarget(target, { ...state, revision: 2, lastError: "no" }, 1, signal)).toBe(true);
      expect(await ledger.writeTarget(target, { ...state, revision: 2 }, 1, signal)).toBe(false);
      expect(await ledger.readTarget(target, signal)).toEqual({ ...state, revision: 2, lastError: "no" });
      expect(await ledger.readTarget(elsewhere, signal)).toBeUndefined();
    });

    test("writeTarget() keeps the lease of a target until a state without one is written", async () => {
      const ledger = await create();
      const held = { ...sampleTargetState, lease: { holder: "sweep-1", untilMs: 1_700_000_090_000 } };
      expect(await ledger.writeTarget(target, held, null, signal)).toBe(true);
      expect(await ledger.readTarget(target, signal)).toEqual(held);
      expect((await ledger.readTargets([target], signal)).states.get("aliyun:cn-hangzhou")).toEqual(held);
      expect(await ledger.writeTarget(target, { ...sampleTargetState, revision: 2 }, 1, signal)).toBe(true);
      expect(await ledger.readTarget(target, signal)).not.toHaveProperty("lease");
    });

    test("readTargets() returns the states that exist, however many targets are requested", async () => {
      const ledger = await create();
      const targets = Array.from({ length: 130 }, (_, n) => ({ ...target, connection: `c${n}` }));
      const swept = targets.filter((_, n) => n % 3 === 0);
      for (const [n, one] of swept.entries()) {
        await ledger.writeTarget(one, { ...sampleTargetState, lastSweepMs: n }, null, signal);
      }
      const { states } = await ledger.readTargets([...targets, target], signal);
      expect(states).toEqual(
        new Map(
          swept.map(({ connection }, n) => [`${connection}:cn-hangzhou`, { ...sampleTargetState, lastSweepMs: n }]),
        ),
      );
      expect((await ledger.readTargets([], signal)).states).toEqual(new Map());
    });

    test("writeTargetList() keeps the list as written and lets one of two writers win", async () => {
      const ledger = await create();
      const unconfigured = { sinceMs: 1_700_000_000_000, openTasks: 3, pendingEvents: 1 };
      const list = { revision: 1, targets: [{ ...target, unconfigured: null }] };
      const longer = { revision: 2, targets: [...list.targets, { ...elsewhere, unconfigured }] };
      expect(await ledger.readTargetList(signal)).toBeUndefined();
      expect(await ledger.writeTargetList(longer, 1, signal)).toBe(false);
      expect(await ledger.writeTargetList(list, null, signal)).toBe(true);
      expect(await ledger.writeTargetList({ ...list, targets: [] }, null, signal)).toBe(false);
      expect(await ledger.readTargetList(signal)).toEqual(list);
      expect(await ledger.writeTargetList(longer, 1, signal)).toBe(true);
      expect(await ledger.writeTargetList({ revision: 2, targets: [] }, 1, signal)).toBe(false);
      expect(await ledger.readTargetList(signal)).toEqual(longer);
    });

    test("writeTargetList() loses no target that concurrent writers add", async () => {
      const ledger = await create();
      const regions = ["cn-beijing", "cn-hangzhou", "cn-shanghai"];
      await Promise.all(
        regions.map((region) =>
          changeTargetList((list) => applyConfiguration(list, [{ ...target, region }]), ledger, signal),
        ),
      );
      const listed = await ledger.readTargetList(signal);
      expect(listed?.targets.map(({ region }) => region).toSorted()).toEqual(regions);
    });

    test("cursorKey() creates one key when several callers ask concurrently", async () => {
      const ledger = await create();
      const keys = await Promise.all([1, 2, 3, 4, 5].map(() => ledger.cursorKey(signal)));
      expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
      expect(keys[0]).toHaveLength(32);
      expect(await ledger.cursorKey(signal)).toEqual(keys[0]);
    });
  });
}

/** The contract of stores of reserved calls. */
export function describeRateStoreContract(name: string, create: () => Promise<RateStore>): void {
  describe(`${name} as a store of reserved calls`, () => {
    test("writeRate() keeps the reservation of each budget and lets one of two writers win", async () => {
      const store = await create();
      const id = "aliyun#sweep#DescribeTasks";
      const first = { revision: 1, tatMs: 1_700_000_000_142.857 };
      expect(await store.readRate(id, signal)).toBeUndefined();
      expect(await store.writeRate(id, first, null, signal)).toBe(true);
      expect(await store.writeRate(id, { ...first, tatMs: 1 }, null, signal)).toBe(false);
      expect(await store.readRate(id, signal)).toEqual(first);
      const second = { revision: 2, tatMs: 1_700_000_001_000 };
      const both = await Promise.all([1, 2].map(() => store.writeRate(id, second, 1, signal)));
      expect(both.toSorted()).toEqual([false, true]);
      expect(await store.readRate(id, signal)).toEqual(second);
      expect(await store.readRate("aliyun#http#DescribeTasks", signal)).toBeUndefined();
    });
  });
}
