import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import { applyStall } from "../../../lib/domain/stall.ts";
import { taskStatuses } from "../../../lib/domain/task.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { applyTrackRequest } from "../../../lib/domain/track-request.ts";
import { applyMiss, applyObservation } from "../../../lib/domain/transition.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { explain } from "../../fakes/explain.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";

/** Walks ledger lists to the end while tasks arrive, progress, end, and reappear. */

const connections = ["a", "b", "c"] as const;
const providers = connections.map((connection) =>
  createScriptedProvider({ target: { connection, provider: "alibaba-ecs", region: "cn-hangzhou" } }),
);
const startMs = Date.parse("2026-01-31T12:00:00.000Z");
const minute = 60_000;

/** Only a few distinct times, so that many are equal; some are unknown. */
const createdAt = fc.option(fc.nat(5).map((days) => new Date(startMs - days * 24 * 60 * minute).toISOString()));
const arrival = fc.record({ connection: fc.constantFrom(...connections), createdAt });
const event = fc.oneof(
  fc.record({ kind: fc.constant("arrives" as const), arrival }),
  fc.record({
    kind: fc.constant("is seen" as const),
    which: fc.nat(),
    status: fc.constantFrom(...taskStatuses.filter((status) => status !== "vanished")),
    createdAt,
  }),
  fc.record({ kind: fc.constantFrom("vanishes" as const, "stalls" as const, "is labelled" as const), which: fc.nat() }),
);
const page = fc.record({ limit: fc.integer({ min: 1, max: 40 }), meanwhile: fc.array(event, { maxLength: 6 }) });

type Happening = typeof event extends fc.Arbitrary<infer Value> ? Value : never;
type Page = typeof page extends fc.Arbitrary<infer Value> ? Value : never;

interface History {
  readonly ledger: Ledger;
  readonly ids: string[];
  nowMs: number;
}

async function arrive(
  history: History,
  { connection, createdAt: at }: { connection: string; createdAt: string | null },
) {
  const nativeId = `t-${history.ids.length}`;
  const task = sampleTask({ connection, nativeId, createdAt: at });
  history.ids.push(task.id);
  await change(history, task.id, (record) => applyObservation(record, observationOf(task, history)));
}

const observationOf = (task: Task, { nowMs }: History) => ({
  task,
  rowDigest: "a-row",
  detail: true,
  nowMs,
  announceDiscovered: false,
});

async function change(
  { ledger }: History,
  id: string,
  apply: (record: TaskRecord | undefined) => TaskRecord | undefined,
): Promise<void> {
  const known = (await ledger.readTasks([id], unhurried.signal)).records.get(id);
  const next = apply(known);
  if (next !== undefined) await ledger.writeTask(next, known?.revision ?? null, unhurried.signal);
}

async function happen(history: History, what: Happening): Promise<void> {
  history.nowMs += minute;
  if (what.kind === "arrives") return arrive(history, what.arrival);
  const id = history.ids[what.which % history.ids.length] ?? "";
  const { nowMs } = history;
  await change(history, id, (record) => {
    if (record === undefined) return undefined;
    if (what.kind === "vanishes") return miss(record, nowMs);
    if (what.kind === "stalls") return applyStall(record, 0, nowMs);
    if (what.kind !== "is seen") return applyTrackRequest(record, observationOf(record.task, history));
    const { status, createdAt: told } = what;
    return applyObservation(
      record,
      observationOf({ ...record.task, status, createdAt: told, progress: noise(nowMs) }, history),
    );
  });
}

/** The last of the misses that make a task vanish. */
function miss(record: TaskRecord, nowMs: number): TaskRecord | undefined {
  return applyMiss(
    { ...record, missing: { count: 2, sinceMs: 0 } },
    { minSweeps: 3, minMs: 0, neverShownMs: 0, watchMs: 0 },
    nowMs,
  );
}

/** Some progress. */
function noise(nowMs: number): Task["progress"] {
  return { percent: (nowMs / minute) % 100, succeeded: null, failed: null, total: null };
}

async function walk(history: History, search: string, pages: readonly Page[]): Promise<string[]> {
  const listed: string[] = [];
  let cursor: string | null = null;
  for (let turn = 0; turn === 0 || cursor !== null; turn += 1) {
    if (turn > 250) throw new Error("the walk does not end");
    const { limit, meanwhile } = pages[turn] ?? { limit: 10, meanwhile: [] };
    const parameters: string = `${search}&limit=${limit}${cursor === null ? "" : `&cursor=${cursor}`}`;
    const { ledger, nowMs } = history;
    const deps = { providers, ledger, explain, now: () => nowMs, ...unhurried };
    const answer: Awaited<ReturnType<typeof listTasks>> = await listTasks(parseListQuery(parameters, providers), deps);
    listed.push(...answer.tasks.map(({ id }) => id));
    cursor = answer.nextCursor;
    for (const one of meanwhile) await happen(history, one);
  }
  return listed;
}

const cases = fc.record({
  arrivals: fc.array(arrival, { minLength: 1, maxLength: 150, size: "max" }),
  before: fc.array(event, { maxLength: 40, size: "max" }),
  pages: fc.array(page, { minLength: 1, maxLength: 12, size: "max" }),
});

type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

async function begin({ arrivals, before }: Case): Promise<History> {
  const history: History = { ledger: createMemoryLedger(), ids: [], nowMs: startMs };
  for (const one of arrivals) await arrive(history, one);
  for (const one of before) await happen(history, one);
  return history;
}

describe("listTasks() of a ledger that changes during the walk", () => {
  test("lists each task present from the start exactly once, and a new one at most once", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const history = await begin(one);
        const there = [...history.ids];
        const listed = await walk(history, "source=ledger", one.pages);
        expect(new Set(listed).size).toBe(listed.length);
        expect(there.filter((id) => !listed.includes(id))).toEqual([]);
      }),
      { numRuns: 150, endOnFailure: true },
    );
  }, 60_000);

  test("lists each task that always matches a filter exactly once", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const history = await begin(one);
        const { ledger, ids } = history;
        const here = [...(await ledger.readTasks(ids, unhurried.signal)).records.values()];
        // Ended tasks never change, and this test leaves stalled ones unchanged.
        const ended = here.filter(({ task }) => task.status === "failed" || task.status === "canceled");
        const search = "source=ledger&status=failed&status=canceled&region=cn-hangzhou";
        const listed = await walk(history, search, one.pages);
        expect(new Set(listed).size).toBe(listed.length);
        expect(ended.filter(({ task }) => !listed.includes(task.id))).toEqual([]);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  }, 60_000);

  test("lists each task that is stalled throughout exactly once with stalled=true", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const history = await begin(one);
        const onlyNew = one.pages.map(({ limit, meanwhile }) => ({
          limit,
          meanwhile: meanwhile.filter(({ kind }) => kind === "arrives" || kind === "stalls" || kind === "is labelled"),
        }));
        const here = [...(await history.ledger.readTasks(history.ids, unhurried.signal)).records.values()];
        const still = here
          .filter(({ task, stalledAtMs }) => stalledAtMs !== null && !task.done)
          .map(({ task }) => task.id);
        const listed = await walk(history, "stalled=true", onlyNew);
        expect(new Set(listed).size).toBe(listed.length);
        expect(still.filter((id) => !listed.includes(id))).toEqual([]);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  }, 60_000);

  test("keeps tasks newest first in each target while they progress and end", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const history = await begin(one);
        const before = await walk(history, "source=ledger&connection=a", [{ limit: 40, meanwhile: [] }]);
        for (const { meanwhile } of one.pages) {
          for (const what of meanwhile) if (what.kind !== "arrives") await happen(history, what);
        }
        expect(await walk(history, "source=ledger&connection=a", [{ limit: 7, meanwhile: [] }])).toEqual(before);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  }, 60_000);
});
