import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sighting } from "../../../lib/domain/provider.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import { isTerminal } from "../../../lib/domain/task.ts";
import type { Task, TaskStatus } from "../../../lib/domain/task.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { countCalls } from "../../fakes/counting-ledger.ts";
import { countProviderCalls } from "../../fakes/counting-provider.ts";
import { explain } from "../../fakes/explain.ts";
import { pendingEvent } from "../../fakes/ledger-contract.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider, row } from "../../fakes/scripted-provider.ts";
import { recordOf } from "../../fakes/task-book.ts";

/** Every combination of filters, over two targets with 3,600 tasks each: what one page costs, and what a walk finds. */

const connections = ["a", "b"] as const;
const startMs = Date.UTC(2026, 0, 31, 12);
const tasksPerTarget = 3600;
const statuses = ["running", "succeeded", "failed", "unknown"] as const;

/** The true state of task `n`. The cloud shows only that every other one has ended. */
function truth(connection: string, n: number): Task {
  // At one cloud, 400 began in each minute.
  const minutesAgo = connection === "b" ? Math.floor(n / 400) : n;
  const createdAt = new Date(startMs - minutesAgo * 60_000).toISOString();
  const status: TaskStatus = statuses[n % 4]!;
  const resource = n % 7 === 0 ? ({ type: "image", id: `m-${n % 21}`, name: "golden" } as const) : null;
  const nativeAction = n % 3 === 0 ? "ExportImage" : "ImportImage";
  const action = n % 3 === 0 ? "export-image" : "import-image";
  const nativeId = `t-${String(n).padStart(4, "0")}`;
  const labels = n % 50 === 0 ? { build: String(n) } : {};
  return sampleTask({ connection, nativeId, createdAt, status, resource, nativeAction, action, labels });
}

interface World {
  readonly truths: readonly Task[];
  readonly pages: Sighting[][];
  readonly records: readonly TaskRecord[];
}

function worldOf(connection: string): World {
  const truths = Array.from({ length: tasksPerTarget }, (_, n) => truth(connection, n));
  const sightings = truths.map((task) =>
    isTerminal(task.status) ? row({ ...task, status: "unknown", done: false, labels: {} }, true) : row(task),
  );
  const pages = Array.from({ length: tasksPerTarget / 100 }, (_, page) =>
    sightings.slice(page * 100, page * 100 + 100),
  );
  const records = truths.map((task, n) =>
    recordOf(task, {
      stalledAtMs: n % 5 === 0 && !task.done ? 1 : null,
      pending: n % 2 === 0 ? [pendingEvent(task, n)] : [],
    }),
  );
  return { truths, pages, records };
}

/** The sweep has not recorded every task yet. */
function isRecorded({ task }: TaskRecord): boolean {
  return Number(task.nativeId.slice(2)) % 3 !== 1;
}

const worlds = new Map(connections.map((connection) => [connection, worldOf(connection)] as const));
const targetOf = (connection: string) => ({ connection, provider: "alibaba-ecs", region: "cn-hangzhou" });

/** Pages as DynamoDB makes them. The memory ledger has none, and reads all of its records for each call. */
function createPagedLedger(): Ledger {
  const records = new Map(
    [...worlds.values()].flatMap(({ records: all }) =>
      all.filter(isRecorded).map((one) => [one.task.id, one] as const),
    ),
  );
  return {
    ...createMemoryLedger(),
    readTasks: async (ids) => ({
      records: new Map(ids.flatMap((id) => (records.has(id) ? [[id, records.get(id)!] as const] : []))),
      unreadable: [],
      misindexed: new Set(),
    }),
    async *openTasks(target, afterId) {
      const all = [...records.values()].filter(({ task }) => task.connection === target.connection && !task.done);
      const left = all.filter(({ task }) => afterId === null || task.id > afterId);
      for (let at = 0; at < left.length; at += 90) {
        const tasks = left.slice(at, at + 90).map(({ task, stalledAtMs }) => ({
          id: task.id,
          nativeId: task.nativeId,
          status: task.status,
          revision: 1,
          rowDigest: "",
          lastMovedAtMs: 0,
          detailRead: true,
          stalledAtMs,
          missing: false,
        }));
        yield { tasks, unreadable: [], lastId: tasks.at(-1)?.id ?? null };
      }
    },
    async *tasksWithDueEvents(target) {
      const all = [...records.values()].filter(
        ({ task, pending }) => task.connection === target.connection && pending[0],
      );
      for (let at = 0; at < all.length; at += 90) yield all.slice(at, at + 90).map(({ task }) => task.id);
    },
    async listTasks(target, after, limit) {
      const all = [...records.values()].filter(({ task }) => task.connection === target.connection);
      const positioned = all.map((record) => ({ record, position: `${record.listedAt}#${record.task.id}` }));
      const left = positioned
        .filter(({ position }) => after === null || position < after)
        .toSorted((a, b) => (a.position > b.position ? -1 : 1));
      const rows = left.slice(0, limit);
      return { rows, unreadable: [], lastPosition: rows.at(-1)?.position ?? null, more: left.length > limit };
    },
  };
}

type Filters = readonly (readonly [name: string, value: string])[];

const maybe = (name: string, ...values: string[]) =>
  fc
    .option(fc.constantFrom(...values), { nil: undefined })
    .map((value) => (value === undefined ? [] : [[name, value] as const]));
const filters: fc.Arbitrary<Filters> = fc
  .tuple(
    maybe("status", "vanished", "failed", "running", "unknown", "paused"),
    maybe("status", "vanished", "succeeded"),
    maybe("action", "import-image", "export-image", "other"),
    maybe("nativeAction", "EXPORT_IMAGE", "Nothing"),
    maybe("nativeStatus", "processing", "Nothing"),
    maybe("imageName", "golden", "nothing"),
    maybe("resourceId", "m-0", "nothing"),
    maybe("createdAfter", "2026-01-31T00:00:00Z", "2026-01-30T00:00:00Z"),
    maybe("connection", "a", "b"),
    maybe("label", "build=100", "build=none"),
    maybe("pendingEvent", "true"),
    maybe("stalled", "true"),
    maybe("source", "ledger"),
  )
  .map((parts) => parts.flat());

/** Labels, stalls, and pending events are known to the ledger alone, and so are tasks that have vanished. */
function isFromLedger(wanted: Filters): boolean {
  const statuses = wanted.filter(([name]) => name === "status").map(([, value]) => value);
  if (statuses.length > 0 && statuses.every((status) => status === "vanished")) return true;
  return wanted.some(([name]) => /^(source|label|stalled|pendingEvent)$/.test(name));
}

/** Each filter as `docs/api.md` defines it. */
function isWanted({ task, stalledAtMs, pending }: TaskRecord, wanted: Filters): boolean {
  const fold = (word: string) => word.replaceAll("_", "").toLowerCase();
  const values = (name: string) => wanted.filter(([one]) => one === name).map(([, value]) => value);
  const any = (name: string, matches: (value: string) => boolean) =>
    values(name).length === 0 || values(name).some(matches);
  return (
    any("status", (value) => task.status === value) &&
    any("action", (value) => task.action === value) &&
    any("nativeAction", (value) => fold(task.nativeAction) === fold(value)) &&
    any("nativeStatus", (value) => fold(task.nativeStatus) === fold(value)) &&
    any("imageName", (value) => task.resource?.name === value) &&
    any("resourceId", (value) => task.resource?.id === value) &&
    any("createdAfter", (value) => Date.parse(task.createdAt ?? "") >= Date.parse(value)) &&
    any("connection", (value) => task.connection === value) &&
    any("label", (value) => `build=${task.labels["build"]}` === value) &&
    any("pendingEvent", () => pending.length > 0) &&
    any("stalled", () => stalledAtMs !== null && !task.done)
  );
}

/** The bounds that `docs/api.md` states, of one page and two targets. */
const bounds = {
  listPages: 2 * 100,
  details: (limit: number) => 2 * (Math.max(limit, 20) + 20),
  ledgerPages: 2 * 21,
  ledgerBatches: 2 * 25,
};

describe("a list that nothing can match", () => {
  async function costOf(search: string, connection: "a" | "b" = "a") {
    const counted = countCalls(createPagedLedger());
    const { pages: rows, truths } = worlds.get(connection)!;
    const details = Object.fromEntries(truths.map((task) => [task.nativeId, task]));
    const { provider, counts } = countProviderCalls(createScriptedProvider({ pages: rows, details }));
    const providers = [{ ...provider, target: targetOf(connection) }];
    const deps = { providers, ledger: counted.ledger, explain, now: () => startMs, ...unhurried };
    const { tasks, nextCursor, errors } = await listTasks(parseListQuery(search, providers), deps);
    expect([tasks, errors]).toEqual([[], []]);
    const { pages, batches } = counted.counts;
    return { lists: counts.listPages, details: counts.details, ledger: pages + batches, ends: nextCursor === null };
  }

  test("reads nothing at all if the filters contradict each other", async () => {
    expect(await costOf("stalled=true&status=failed")).toEqual({ lists: 0, details: 0, ledger: 0, ends: true });
  });

  test("asks no cloud for a status that no cloud reports", async () => {
    expect(await costOf("status=vanished")).toEqual({ lists: 0, details: 0, ledger: 10, ends: false });
  });

  test("reads no detail for a status that no cloud reports beside one that needs no detail", async () => {
    expect(await costOf("status=paused&status=vanished")).toMatchObject({ lists: 10, details: 0, ledger: 0 });
  });

  test("ends a page after 20 lists at a cloud where many tasks begin in one minute", async () => {
    expect(await costOf("imageName=nothing", "b")).toEqual({ lists: 31, details: 0, ledger: 0, ends: false });
  });

  test("reads at most 300 details of all targets together, and one portion more of each", async () => {
    const { pages, truths } = worlds.get("a")!;
    const details = Object.fromEntries(truths.map((task) => [task.nativeId, task]));
    const clouds = Array.from({ length: 10 }, (_, n) =>
      countProviderCalls(createScriptedProvider({ target: targetOf(`c${n}`), pages, details })),
    );
    const providers = clouds.map(({ provider }) => provider);
    const deps = { providers, ledger: createMemoryLedger(), explain, now: () => startMs, ...unhurried };
    const { nextCursor } = await listTasks(parseListQuery("status=canceled&limit=100", providers), deps);
    expect(nextCursor).not.toBeNull();
    const read = clouds.map(({ counts }) => counts.details);
    expect(read.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(300 + 10 * 20);
    expect(Math.min(...read)).toBeGreaterThan(0);
  });

  test("reads at most 1,000 records and the whole index for pendingEvent=true", async () => {
    expect(await costOf("pendingEvent=true&imageName=nothing")).toEqual({
      lists: 0,
      details: 0,
      ledger: 14 + 10,
      ends: false,
    });
  });

  test("reads at most 1,000 records for stalled=true", async () => {
    expect(await costOf("stalled=true&imageName=nothing")).toEqual({
      lists: 0,
      details: 0,
      ledger: 10 + 10,
      ends: false,
    });
  });

  test("reads the ledger at most 25 times for a page of one task", async () => {
    expect(await costOf("status=canceled&limit=1")).toMatchObject({ ledger: 25, ends: false });
  });
});

describe("a list with any filters", () => {
  test("costs each page no more than its bound, and its cursors lead to every task that matches", async () => {
    const ledger = createPagedLedger();
    const everyRecord = [...worlds.values()].flatMap(({ records }) => records);
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(1, 7, 100), async (wanted, smallest) => {
        const found: string[] = [];
        let cursor: string | null = null;
        for (let page = 0; page === 0 || cursor !== null; page += 1) {
          expect(page).toBeLessThan(800);
          // A walk of single tasks would take thousands of pages.
          const limit = page < 3 ? smallest : 100;
          const counted = countCalls(ledger);
          const clouds = connections.map((name) => {
            const details = Object.fromEntries(worlds.get(name)!.truths.map((task) => [task.nativeId, task]));
            return countProviderCalls(
              createScriptedProvider({ target: targetOf(name), pages: worlds.get(name)!.pages, details }),
            );
          });
          const providers = clouds.map(({ provider }) => provider);
          const search = new URLSearchParams();
          for (const [name, value] of wanted) search.append(name, value);
          search.set("limit", String(limit));
          if (cursor !== null) search.set("cursor", cursor);
          const deps = { providers, ledger: counted.ledger, explain, now: () => startMs, ...unhurried };
          const answer: Awaited<ReturnType<typeof listTasks>> = await listTasks(
            parseListQuery(`${search}`, providers),
            deps,
          );
          const sum = (count: "listPages" | "details") =>
            clouds.reduce((total, { counts }) => total + counts[count], 0);
          expect(sum("listPages")).toBeLessThanOrEqual(bounds.listPages);
          expect(sum("details")).toBeLessThanOrEqual(bounds.details(limit));
          expect(counted.counts.pages).toBeLessThanOrEqual(bounds.ledgerPages);
          expect(counted.counts.batches).toBeLessThanOrEqual(bounds.ledgerBatches);
          expect(answer.errors).toEqual([]);
          found.push(...answer.tasks.map(({ id }) => id));
          cursor = answer.nextCursor;
        }
        const known = isFromLedger(wanted) ? everyRecord.filter(isRecorded) : everyRecord;
        const expected = known.filter((record) => isWanted(record, wanted)).map(({ task }) => task.id);
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});
