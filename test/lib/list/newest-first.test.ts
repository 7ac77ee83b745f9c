import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { TaskPage } from "../../../lib/domain/provider.ts";
import { newestFirst } from "../../../lib/list/newest-first.ts";
import type { ListWindow, Window } from "../../../lib/list/newest-first.ts";
import { placeAfter, readPosition, writePosition } from "../../../lib/list/place.ts";
import { walkPages } from "../../../lib/providers/shared/numbered-pages.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { row } from "../../fakes/scripted-provider.ts";

const minuteMs = 60_000;
const baseMs = Date.UTC(2026, 0, 31, 12);

interface CloudTask {
  readonly id: string;
  readonly createdMs: number;
  /** False if the cloud shows no creation time. */
  readonly shown: boolean;
}

const orders = {
  "newest first": (a: CloudTask, b: CloudTask) => b.createdMs - a.createdMs,
  "newest first by the minute": (a: CloudTask, b: CloudTask) =>
    minuteOf(b.createdMs) - minuteOf(a.createdMs) || (a.id < b.id ? 1 : -1),
  "oldest first": (a: CloudTask, b: CloudTask) => a.createdMs - b.createdMs,
  // Such an order shows on the first page. One that shows only later cannot be told from newest first.
  "odd ids oldest first, then even ids newest first": (a: CloudTask, b: CloudTask) => rank(a) - rank(b),
};
const rank = ({ id, createdMs }: CloudTask) => (/[13579]$/.test(id) ? createdMs - 1e15 : -createdMs);
type Order = keyof typeof orders;

interface CloudOptions {
  readonly order: Order;
  readonly pageSize: number;
  /** The resolution of the creation times that it shows. */
  readonly shownMs: number;
  /** `exact`: to the millisecond. `minutes`: in whole minutes, as it stores them. `ignored`: it has no such filter. */
  readonly filter: "exact" | "minutes" | "ignored";
  readonly counts: boolean;
  /** How many tasks it counts that it does not list. Default 0. */
  readonly uncounted?: number;
}

const minuteOf = (ms: number) => Math.floor(ms / minuteMs) * minuteMs;

/** A cloud with numbered pages. `beforeCall` runs before each page is read. */
function cloudOf(tasks: Map<string, CloudTask>, options: CloudOptions, beforeCall: () => void = () => {}) {
  const calls: Window[] = [];
  const list: ListWindow = (window) => {
    const fetchPage = async (pageNumber: number) => {
      beforeCall();
      calls.push(window);
      const there = [...tasks.values()].filter((task) => isIn(task, window)).toSorted(orders[options.order]);
      const sightings = there
        .slice((pageNumber - 1) * options.pageSize, pageNumber * options.pageSize)
        .map((task) => row(taskOf(task)));
      const totalCount = options.counts ? there.length + (options.uncounted ?? 0) : null;
      return { sightings, unreadable: [], totalCount, pageSize: null };
    };
    return pagesOf(walkPages({ api: "List", pageSize: options.pageSize, fetchPage }));
  };
  function isIn({ createdMs }: CloudTask, { createdAfter, createdBefore }: Window): boolean {
    if (options.filter === "ignored") return true;
    const round = options.filter === "minutes" ? minuteOf : (ms: number) => ms;
    const atMs = round(createdMs);
    return atMs >= round(createdAfter?.getTime() ?? 0) && atMs <= (createdBefore?.getTime() ?? Infinity);
  }
  function taskOf({ id, createdMs, shown }: CloudTask) {
    const createdAt = new Date(Math.floor(createdMs / options.shownMs) * options.shownMs).toISOString();
    return sampleTask({ nativeId: id, createdAt: shown ? createdAt : null });
  }
  return { list, calls };
}

/** Adds what an adapter's pages lack. */
async function* pagesOf(pages: ReturnType<typeof walkPages>): AsyncGenerator<TaskPage> {
  for await (const { sightings, unreadable, next } of pages) {
    yield { sightings: sightings.map(({ task }) => row(sampleTask(task))), unreadable, next };
  }
}

/** Walks `perPage` rows at a time and resumes from the text of a position. `unavailable` failures are asked again. */
async function walk(list: ListWindow, perPage: number, betweenPages: () => void = () => {}): Promise<string[]> {
  const shown: string[] = [];
  let position: string | null = null;
  for (let turn = 0; turn < 500; turn += 1) {
    const page = await readPage(list, perPage, position);
    betweenPages();
    if (page === undefined) continue;
    shown.push(...page.ids);
    if (page.position === "ended") return shown;
    position = page.position;
  }
  throw new Error("the walk does not end");
}

async function readPage(list: ListWindow, perPage: number, from: string | null) {
  const ids: string[] = [];
  try {
    for await (const { rows, rest, isLast } of newestFirst(list, readPosition(from))) {
      const taken = rows.slice(0, perPage - ids.length);
      ids.push(...taken.map(({ task }) => task.nativeId));
      const last = taken.at(-1);
      if (last !== undefined && ids.length === perPage) {
        return { ids, position: writePosition({ ...rest, place: placeAfter(last.task) }) };
      }
      if (isLast) return { ids, position: "ended" };
    }
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== "unavailable") throw error;
    return undefined;
  }
  throw new Error("the last stretch does not say so");
}

const task = fc.record({ minutesAgo: fc.nat(6), ms: fc.constantFrom(0, 0, 1, 30_000, 59_999), shown: fc.boolean() });
const change = fc.record({ isRemoval: fc.boolean(), which: fc.nat() });
/** So few between two calls that a page of two rows still brings a new one. */
const changes = (most: number) => fc.array(fc.array(change, { maxLength: most }), { maxLength: 30, size: "max" });

const cases = fc.record({
  there: fc.array(task, { minLength: 1, maxLength: 25, size: "max" }),
  withUnknownTimes: fc.boolean(),
  options: fc.record({
    order: fc.constantFrom<Order[]>(
      "newest first",
      "newest first by the minute",
      "oldest first",
      "odd ids oldest first, then even ids newest first",
    ),
    pageSize: fc.constantFrom(2, 3, 10),
    shownMs: fc.constantFrom(1_000, minuteMs),
    filter: fc.constantFrom("exact" as const, "minutes" as const, "ignored" as const),
    counts: fc.boolean(),
  }),
  perPage: fc.constantFrom(1, 3, 8),
  betweenPages: changes(3),
  betweenCalls: changes(1),
});

describe("newestFirst()", () => {
  test("shows each task that stands throughout once, whatever the cloud's order, pages, and filter", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ there, withUnknownTimes, options, perPage, ...one }) => {
        const [betweenPages, betweenCalls] = [[...one.betweenPages], [...one.betweenCalls]];
        const tasks = new Map<string, CloudTask>();
        const add = (createdMs: number, shown: boolean) => {
          const id = `t-${String(7919 * (tasks.size + removed) + 13).slice(-3)}-${tasks.size + removed}`;
          tasks.set(id, { id, createdMs, shown });
        };
        let removed = 0;
        for (const { minutesAgo, ms, shown } of there) {
          add(baseMs - minutesAgo * minuteMs + ms, shown || !withUnknownTimes);
        }
        const standing = new Set(tasks.keys());
        let nowMs = baseMs + minuteMs;
        const play = (list: { isRemoval: boolean; which: number }[] = [], onlyRemovals: boolean) => {
          for (const { isRemoval, which } of list) {
            if (!isRemoval && onlyRemovals) continue;
            if (!isRemoval) {
              nowMs += 1_000;
              add(nowMs, true);
              continue;
            }
            const id = [...tasks.keys()][which % Math.max(1, tasks.size)];
            if (id === undefined) continue;
            tasks.delete(id);
            removed += 1;
            standing.delete(id);
          }
        };
        // Where new tasks come first, they cannot hide that others were moved. Without a count, nothing shows it.
        const isSafe = options.counts && options.order.startsWith("newest");
        const { list } = cloudOf(tasks, options, () => options.counts && play(betweenCalls.shift(), !isSafe));
        const shown = await walk(list, perPage, () => play(betweenPages.shift(), false));
        expect(new Set(shown).size).toBe(shown.length);
        expect([...standing].filter((id) => !shown.includes(id))).toEqual([]);
      }),
      { numRuns: Number(process.env["RUNS"] ?? 1_000) },
    );
  }, 600_000);

  const plain = { order: "newest first", pageSize: 2, shownMs: minuteMs, filter: "exact", counts: true } as const;
  const tasksAt = (...minutesAgo: number[]) =>
    new Map(
      minutesAgo.map((minutes, index) => {
        const id = `t-${index}`;
        return [id, { id, createdMs: baseMs - minutes * minuteMs, shown: true }];
      }),
    );

  test("asks once for each page that it shows", async () => {
    const { list, calls } = cloudOf(tasksAt(0.5, 1.5, 2.5, 3.5, 4.5, 5.5), { ...plain, pageSize: 4 });
    expect(await walk(list, 9)).toEqual(["t-0", "t-1", "t-2", "t-3", "t-4", "t-5"]);
    expect(calls).toEqual([{}, { createdBefore: new Date(baseMs - 3 * minuteMs) }]);
  });

  test("reads all pages of a crowded minute, whatever the tasks' status", async () => {
    const { list, calls } = cloudOf(tasksAt(0.5, 1.5, 1.5, 1.5, 2.5), plain);
    expect(await walk(list, 9)).toEqual(["t-0", "t-1", "t-2", "t-3", "t-4"]);
    const [from, to] = [new Date(baseMs - 2 * minuteMs), new Date(baseMs - minuteMs)];
    const window = { createdBefore: to, createdAfter: from, anyStatus: true };
    expect(calls.filter(({ anyStatus }) => anyStatus)).toEqual([window, window]);
  });

  test("reads a crowded minute again when a task disappears between its pages", async () => {
    const tasks = tasksAt(0, 0, 0, 0, 0, 0);
    let calls = 0;
    const { list } = cloudOf(tasks, plain, () => {
      calls += 1;
      if (calls === 3) tasks.delete("t-0");
    });
    expect((await readPage(list, 9, null))?.ids).toEqual(["t-1", "t-2", "t-3", "t-4", "t-5"]);
  });

  test("throws unavailable when tasks disappear between the pages of each of three reads", async () => {
    const tasks = tasksAt(...Array.from({ length: 30 }, () => 0));
    let calls = 0;
    const { list } = cloudOf(tasks, { ...plain, pageSize: 10 }, () => {
      calls += 1;
      if (calls > 1) tasks.delete(`t-${calls}`);
    });
    await expect(newestFirst(list, readPosition(null)).next()).rejects.toMatchObject({ kind: "unavailable" });
    expect(calls).toBeLessThan(15);
  });

  test("shows the tasks of a provider whose count is always too high, and says so", async () => {
    const { list, calls } = cloudOf(tasksAt(0, 1, 2), { ...plain, uncounted: 500 });
    const shown: string[] = [];
    const reasons: string[] = [];
    for await (const { rows, unreadable } of newestFirst(list, readPosition(null))) {
      shown.push(...rows.map(({ task }) => task.nativeId));
      reasons.push(...unreadable.map(({ reason }) => reason));
    }
    expect(shown).toEqual(["t-0", "t-1", "t-2"]);
    expect(reasons).toEqual([expect.stringContaining("tasks were listed")]);
    expect(calls.length).toBeLessThan(20);
  });

  test("throws unavailable when another task takes the place of each that disappears during a read", async () => {
    const tasks = tasksAt(...Array.from({ length: 30 }, () => 0));
    let calls = 0;
    const { list } = cloudOf(tasks, { ...plain, pageSize: 10, uncounted: 1 }, () => {
      calls += 1;
      if (calls < 2) return;
      tasks.delete(`t-${calls}`);
      tasks.set(`u-${calls}`, { id: `u-${calls}`, createdMs: baseMs, shown: true });
    });
    await expect(newestFirst(list, readPosition(null)).next()).rejects.toMatchObject({ kind: "unavailable" });
  });

  test.each<[string, Map<string, CloudTask>, Order]>([
    ["one minute", tasksAt(...Array.from({ length: 41 }, () => 0)), "newest first"],
    ["another order", tasksAt(...Array.from({ length: 41 }, (_, index) => index)), "oldest first"],
  ])("refuses to sort more than twenty pages of %s", async (_what, tasks, order) => {
    const { list, calls } = cloudOf(tasks, { ...plain, order });
    await expect(newestFirst(list, readPosition(null)).next()).rejects.toMatchObject({
      kind: "bad-request",
      message: "more than 20 pages of tasks that only we can sort; narrow createdAfter and createdBefore",
    });
    expect(calls.length).toBeLessThanOrEqual(21);
  });
});
