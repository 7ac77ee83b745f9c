import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Task } from "../../../lib/domain/task.ts";
import type { Positions } from "../../../lib/list/cursor.ts";
import { mergePages } from "../../../lib/list/merge-pages.ts";
import type { Source } from "../../../lib/list/merge-pages.ts";
import { explain } from "../../fakes/explain.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

/** Creation times in the source's own order; `null` if unknown. */
type Times = readonly (number | null)[];

interface Shape {
  readonly times: Times;
  /** The maximum number of rows read per pull; some match no filter. */
  readonly reach: number;
  readonly matches: (row: number) => boolean;
  /** Returns rows beyond the limit if it has read them anyway. */
  readonly generous: boolean;
  /** Reports its end only on an additional pull. */
  readonly lateEnd: boolean;
}

function sourceOf(key: string, { times, reach, matches, generous, lateEnd }: Shape): Source<string> {
  const tasks = times.map((second, row) =>
    sampleTask({
      connection: key,
      nativeId: `t-${row}`,
      createdAt: second === null ? null : new Date(second * 1000).toISOString(),
    }),
  );
  return {
    key,
    async pull(position, limit) {
      const start = position === null ? 0 : Number(position);
      const rows: { task: Task; after: string }[] = [];
      let at = start;
      const most = generous ? Infinity : limit;
      while (at < tasks.length && at - start < reach && rows.length < most) {
        const task = tasks[at];
        at += 1;
        if (task !== undefined && matches(at - 1)) rows.push({ task, after: String(at) });
      }
      return { rows, end: at >= tasks.length && (!lateEnd || start === at) ? "ended" : { position: String(at) } };
    },
  };
}

async function walk(sources: readonly Source<string>[], limitOf: (page: number) => number, bytes = Infinity) {
  const pages: (readonly Task[])[] = [];
  const roomOf = (page: number) => ({ limit: limitOf(page), bytes, explain });
  let from: Positions | null = null;
  do {
    const page: Awaited<ReturnType<typeof mergePages<string>>> = await mergePages(sources, from, roomOf(pages.length));
    pages.push(page.tasks);
    from = page.positions;
    if (pages.length > 2000) throw new Error("the walk does not end");
  } while (from !== null);
  return pages;
}

function idsIn(pages: readonly (readonly Task[])[]): string[] {
  return pages.flat().map(({ id }) => id);
}

const shape = fc.record({
  times: fc.array(fc.option(fc.integer({ min: 0, max: 20 })), { maxLength: 30 }),
  reach: fc.integer({ min: 1, max: 8 }),
  matches: fc.integer({ min: 1, max: 4 }).map((nth) => (row: number) => row % nth === 0),
  generous: fc.boolean(),
  lateEnd: fc.boolean(),
});

describe("mergePages()", () => {
  test("neither repeats nor skips a row across pages, for any sources and limits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
        async (shapes, limits) => {
          const limitOf = (page: number) => limits[page % limits.length] ?? 1;
          const pages = await walk(
            shapes.map((one, index) => sourceOf(`c${index}`, one)),
            limitOf,
          );
          const expected = shapes.flatMap(({ times, matches }, index) =>
            times.flatMap((_, row) => (matches(row) ? [`c${index}:cn-hangzhou:t-${row}`] : [])),
          );
          const got = pages.flat().map(({ id }) => id);
          expect(got.toSorted()).toEqual(expected.toSorted());
          pages.forEach((tasks, page) => expect(tasks.length).toBeLessThanOrEqual(limitOf(page)));
        },
      ),
      { numRuns: 400 },
    );
  });

  test("neither repeats nor skips a row when pages end before they are too large, and never stops at a large row", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 500, max: 5000 }),
        async (shapes, bytes) => {
          const sources = shapes.map((one, index) => sourceOf(`c${index}`, one));
          const pages = await walk(sources, () => 7, bytes);
          const expected = await walk(sources, () => 7);
          expect(idsIn(pages).toSorted()).toEqual(idsIn(expected).toSorted());
          for (const page of pages.filter(({ length }) => length > 1)) {
            expect(JSON.stringify(JSON.stringify(page)).length).toBeLessThanOrEqual(bytes + 4);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("keeps the order of every source", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { maxLength: 4 }), fc.integer({ min: 1, max: 7 }), async (shapes, limit) => {
        const pages = await walk(
          shapes.map((one, index) => sourceOf(`c${index}`, one)),
          () => limit,
        );
        for (const index of shapes.keys()) {
          const rows = pages.flat().filter(({ connection }) => connection === `c${index}`);
          const numbers = rows.map(({ nativeId }) => Number(nativeId.slice(2)));
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  test("lists the newest first across sources that list their newest first", async () => {
    const plain = { reach: 100, matches: () => true, generous: false, lateEnd: false };
    const a = sourceOf("a", { ...plain, times: [50, 30, 10] });
    const b = sourceOf("b", { ...plain, times: [40, 30, 20, null] });
    const [first, second] = await walk([a, b], () => 4);
    expect(first?.map(({ connection, nativeId }) => `${connection} ${nativeId}`)).toEqual([
      "a t-0",
      "b t-0",
      "a t-1",
      "b t-1",
    ]);
    expect(second?.map(({ connection, nativeId }) => `${connection} ${nativeId}`)).toEqual(["b t-2", "a t-2", "b t-3"]);
  });

  test("keeps the position of a failing source and returns the others' rows", async () => {
    const plain = { reach: 100, matches: () => true, generous: false, lateEnd: false };
    const good = sourceOf("good", { ...plain, times: [4, 3, 2, 1] });
    const flaky = sourceOf("flaky", { ...plain, times: [3, 2] });
    let down = true;
    const sources: Source<string>[] = [
      good,
      { key: "flaky", pull: (...asked) => (down ? Promise.resolve({ failure: "down" }) : flaky.pull(...asked)) },
    ];
    const first = await mergePages(sources, null, { limit: 2, bytes: Infinity, explain });
    expect(first.failures).toEqual(["down"]);
    expect(first.tasks.map(({ nativeId }) => nativeId)).toEqual(["t-0", "t-1"]);
    expect(first.positions).toEqual({ good: "2", flaky: null });
    down = false;
    const second = await mergePages(sources, first.positions, { limit: 10, bytes: Infinity, explain });
    expect(second.tasks).toHaveLength(4);
    expect(second.positions).toBeNull();
  });

  test("ends the walk when only failing sources are left, so that no client follows cursors endlessly", async () => {
    const broken: Source<string> = { key: "broken", pull: async () => ({ failure: "down" }) };
    expect(await mergePages([broken], null, { limit: 5, bytes: Infinity, explain })).toEqual({
      tasks: [],
      positions: null,
      failures: ["down"],
    });
  });
});
