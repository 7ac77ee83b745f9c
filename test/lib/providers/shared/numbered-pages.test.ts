import { describe, expect, test } from "vitest";
import { pageSizeOf, walkPages } from "../../../../lib/providers/shared/numbered-pages.ts";
import type { NumberedPage } from "../../../../lib/providers/shared/numbered-pages.ts";
import { sampleTask } from "../../../fakes/sample-task.ts";

interface Page {
  readonly ids: readonly (string | null)[];
  /** Ids of rows that cannot be read; `null` in `ids` is one without an id. */
  readonly broken?: readonly string[];
  readonly total?: number | null;
  readonly pageSize?: number;
}

function numberedPage({ ids, broken = [], total = null, pageSize }: Page): NumberedPage {
  const readable = ids.filter((id) => id !== null);
  const unreadable = [...broken, ...ids.filter((id) => id === null)];
  return {
    sightings: readable.map((nativeId) => ({ task: sampleTask({ nativeId }), needsDetail: false })),
    unreadable: unreadable.map((nativeId) => ({ nativeId, reason: "not a task" })),
    totalCount: total,
    pageSize: pageSize ?? null,
  };
}

/** Walks over pages that are answered in turn, two rows a page as a rule. */
async function walk(pages: readonly Page[], pageSize = 2) {
  const asked: number[] = [];
  const ids: string[][] = [];
  const next: (string | null)[] = [];
  const fetchPage = (pageNumber: number) => {
    const page = pages[asked.length];
    asked.push(pageNumber);
    if (page === undefined) throw new Error(`page ${pageNumber} was not expected`);
    return Promise.resolve(numberedPage(page));
  };
  for await (const page of walkPages({ api: "DescribeTasks", pageSize, fetchPage })) {
    const unreadable = page.unreadable.map(({ nativeId }) => nativeId ?? "unreadable");
    ids.push([...page.sightings.map(({ task }) => task.nativeId), ...unreadable]);
    next.push(page.next);
  }
  return { asked, ids, next };
}

describe("walkPages()", () => {
  test("ends where as many tasks were seen as were counted", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["c"], total: 3 },
    ];
    expect(await walk(pages)).toEqual({ asked: [1, 2], ids: [["a", "b"], ["c"]], next: ["2", null] });
  });

  test("does not take other ids for a repetition because they read the same in a row", async () => {
    const pages = [
      { ids: ["1", "12"], total: 4 },
      { ids: ["11", "2"], total: 4 },
      { ids: [], total: 4 },
    ];
    expect((await walk(pages)).ids).toEqual([["1", "12"], ["11", "2"], []]);
  });

  test("gives one empty page when there is nothing", async () => {
    expect(await walk([{ ids: [], total: 0 }])).toEqual({ asked: [1], ids: [[]], next: [null] });
  });

  test("goes on to an empty page when there is no count", async () => {
    const pages = [{ ids: ["a", "b"] }, { ids: ["c"] }, { ids: [] }];
    expect(await walk(pages)).toEqual({ asked: [1, 2, 3], ids: [["a", "b"], ["c"], []], next: ["2", "3", null] });
  });

  test("does not believe a count that is smaller than its own page", async () => {
    expect((await walk([{ ids: ["a", "b"], total: 0 }, { ids: ["c"], total: 0 }, { ids: [] }])).ids).toEqual([
      ["a", "b"],
      ["c"],
      [],
    ]);
  });

  test("does not end at a page that has more rows than are counted, though it is not full", async () => {
    const pages = [{ ids: ["a", "b", "c"], total: 2 }, { ids: ["d", "e", "f"], total: 2 }, { ids: [] }];
    expect((await walk(pages, 5)).ids).toEqual([["a", "b", "c"], ["d", "e", "f"], []]);
  });

  test("goes on while a provider gives smaller pages than it was asked for", async () => {
    const pages = ["a", "b", "c"].map((id) => ({ ids: [id], total: 3, pageSize: 1 }));
    expect((await walk([...pages, { ids: [] }])).ids).toEqual([["a"], ["b"], ["c"], []]);
    const unsaid = ["a", "b", "c"].map((id) => ({ ids: [id], total: 3 }));
    expect((await walk(unsaid)).ids).toEqual([["a"], ["b"], ["c"]]);
  });

  test("gives a task once when rows move down into the next page, and still finds the last", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["b", "c"], total: 3 },
      { ids: [], total: 3 },
    ];
    expect((await walk(pages)).ids).toEqual([["a", "b"], ["c"], []]);
  });

  test("gives a task once that a page shows twice, and ends where as many rows were seen as were counted", async () => {
    expect(await walk([{ ids: ["a", "a"], total: 2 }], 3)).toEqual({ asked: [1], ids: [["a"]], next: [null] });
    const pages = [
      { ids: ["a", "b", "a"], total: 5 },
      { ids: ["b", "c"], total: 5 },
      { ids: [], total: 5 },
    ];
    // The second page shows no task twice. Its `b` has moved, so another task may be missing.
    await expect(walk(pages, 3)).rejects.toMatchObject({ kind: "unavailable" });
    expect((await walk([{ ids: ["a"], broken: ["a"], total: 2 }], 3)).ids).toEqual([["a"]]);
  });

  test("throws unavailable when a task was added before the page it is on", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["b", "c"], total: 4 },
      { ids: [], total: 4 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      // The cloud has answered, so this says nothing about its other lists.
      scope: "request",
      message: "DescribeTasks: rows moved between pages, only 3 of 4 tasks were listed",
    });
  });

  test("throws unavailable when the last page has only tasks already seen", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["b"], total: 3 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("throws unavailable when the count falls between pages, because a task may have moved up unseen", async () => {
    const pages = [
      { ids: ["a", "b"], total: 4 },
      { ids: ["d"], total: 3 },
      { ids: [], total: 3 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("throws unavailable when the first page is empty though tasks were counted", async () => {
    await expect(walk([{ ids: [], total: 5 }])).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("gives the tasks of a provider that counts only the rows of each page", async () => {
    const pages = [
      { ids: ["a", "b"], total: 2 },
      { ids: ["c", "d"], total: 2 },
      { ids: ["e"], total: 1 },
    ];
    expect(await walk(pages)).toEqual({
      asked: [1, 2, 3],
      ids: [["a", "b"], ["c", "d"], ["e"]],
      next: ["2", "3", null],
    });
  });

  test("gives the tasks of a provider that counts the rows so far", async () => {
    const pages = [
      { ids: ["a", "b"], total: 2 },
      { ids: ["c", "d"], total: 4 },
      { ids: ["e"], total: 5 },
    ];
    expect((await walk(pages)).ids).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  test("asks for one more page after a full one, and ends when that is empty", async () => {
    const pages = [
      { ids: ["a", "b"], total: 2 },
      { ids: [], total: 2 },
    ];
    expect(await walk(pages)).toEqual({ asked: [1, 2], ids: [["a", "b"], []], next: ["2", null] });
  });

  test("ends when a provider answers a page after the last one with the last one again", async () => {
    const full = { ids: ["a", "b"], total: 2 };
    expect(await walk([full, full])).toEqual({ asked: [1, 2], ids: [["a", "b"], []], next: ["2", null] });
    const unnamed = { ids: [null, null], total: 2 };
    expect((await walk([unnamed, unnamed])).ids).toEqual([["unreadable", "unreadable"], []]);
    const first = { ids: ["a", "b"], total: 2 };
    expect((await walk([first, { ids: ["b", "a"], total: 2 }])).ids).toEqual([["a", "b"], []]);
  });

  test("throws malformed when a page repeats the one before it", async () => {
    const repeated = { ids: ["a", "b"], total: 5 };
    await expect(walk([repeated, repeated])).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: page 2 brings nothing new",
    });
    await expect(walk([{ ids: [null] }, { ids: [null] }])).rejects.toMatchObject({ kind: "malformed" });
    await expect(
      walk([
        { ids: ["a"], total: 5 },
        { ids: ["a"], total: 5 },
      ]),
    ).rejects.toMatchObject({
      kind: "malformed",
    });
    const first = { ids: ["x", "y"], total: 5 };
    await expect(walk([first, repeated, repeated])).rejects.toMatchObject({ kind: "malformed" });
  });

  test("throws malformed when a page of rows without ids is repeated", async () => {
    const unnamed = { ids: [null, null], total: 9 };
    await expect(walk([unnamed, unnamed])).rejects.toMatchObject({
      message: "DescribeTasks: page 2 brings nothing new",
    });
  });

  test("throws malformed when a page of rows that cannot be read is repeated, named or not", async () => {
    const named = (id: string) => ({ ids: [], broken: [id] });
    await expect(walk([named("a"), named("a")])).rejects.toMatchObject({
      message: "DescribeTasks: page 2 brings nothing new",
    });
    expect((await walk([named("a"), named("b"), { ids: [] }])).next).toEqual(["2", "3", null]);
  });

  test("throws malformed when pages go round in a circle", async () => {
    const [first, second] = [{ ids: ["a", "b"] }, { ids: ["c", "d"] }];
    await expect(walk([first, second, first])).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: page 3 brings nothing new",
    });
    const named = (id: string) => ({ ids: [], broken: [id] });
    await expect(walk([named("a"), named("b"), named("a")])).rejects.toMatchObject({ kind: "malformed" });
  });

  test("throws malformed when a full page has only rows of earlier pages, in whatever order", async () => {
    const pages = [
      { ids: ["a", "b"], total: 5 },
      { ids: ["b", "a"], total: 5 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: page 2 brings nothing new",
    });
    const withUnnamed = [
      { ids: ["a"], broken: ["u"], total: 9 },
      { ids: ["a", null], total: 9 },
      { ids: ["a"], broken: ["u"], total: 9 },
    ];
    await expect(walk(withUnnamed)).rejects.toMatchObject({ message: "DescribeTasks: page 3 brings nothing new" });
  });

  test("throws unavailable at a short page of earlier rows alone when rows without ids came before", async () => {
    const pages = [
      { ids: ["a", null], total: 9 },
      { ids: ["a"], total: 9 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("throws unavailable when a later page is empty and its count is missing", async () => {
    await expect(walk([{ ids: ["a", "b"], total: 5 }, { ids: [] }])).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("gives up after 100,000 tasks, so that no endless list of new ids fills the memory", async () => {
    let pages = 0;
    const fetchPage = async (pageNumber: number) => {
      pages += 1;
      return numberedPage({ ids: Array.from({ length: 100 }, (_, index) => `${pageNumber}-${index}`) });
    };
    const walking = (async () => {
      for await (const page of walkPages({ api: "DescribeTasks", pageSize: 100, fetchPage })) void page;
    })();
    await expect(walking).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: more than 100000 tasks",
    });
    expect(pages).toBe(1001);
  });

  test("gives up after 10,000 pages", async () => {
    const asked: number[] = [];
    const fetchPage = async (page: number) => {
      asked.push(page);
      return numberedPage({ ids: [`t-${page}`, `u-${page}`] });
    };
    const reading = (async () => {
      for await (const page of walkPages({ api: "DescribeTasks", pageSize: 2, fetchPage })) {
        expect(page.next).not.toBeNull();
      }
    })();
    await expect(reading).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: more than 10000 pages",
    });
    expect([asked.length, asked[0], asked.at(-1)]).toEqual([10_000, 1, 10_000]);
  });

  test("leaves out a row, readable or not, that was on an earlier page", async () => {
    const pages = [{ ids: ["a"], broken: ["u"] }, { ids: ["b", null], broken: ["u"] }, { ids: [] }];
    expect(await walk(pages)).toMatchObject({
      ids: [["a", "u"], ["b", "unreadable"], []],
      next: ["2", "3", null],
    });
  });

  test("counts a row that it cannot read and that has an id once", async () => {
    const pages = [
      { ids: ["a"], broken: ["u"], total: 4 },
      { ids: ["b"], broken: ["u"], total: 4 },
      { ids: [], total: 4 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({
      kind: "unavailable",
      message: "DescribeTasks: rows moved between pages, only 3 of 4 tasks were listed",
    });
  });

  test("tells pages of unreadable rows apart by their ids", async () => {
    const pages = [
      { ids: [], broken: ["u-1", "u-2"], total: 3 },
      { ids: [], broken: ["u-3"], total: 3 },
    ];
    expect((await walk(pages)).ids).toEqual([["u-1", "u-2"], ["u-3"]]);
  });

  test("takes a page for full by the smaller of its own size and the one that was asked for", async () => {
    expect((await walk([{ ids: ["a", "b"], total: 2, pageSize: 50 }, { ids: [] }])).next).toEqual(["2", null]);
    expect((await walk([{ ids: ["a"], total: 1, pageSize: 50 }])).next).toEqual([null]);
    expect((await walk([{ ids: ["a"], total: 1, pageSize: 1 }, { ids: [] }])).next).toEqual(["2", null]);
  });

  test("counts rows it cannot read, and never leaves them out", async () => {
    const pages = [
      { ids: ["a", null], total: 4 },
      { ids: [null, "b"], total: 4 },
      { ids: [], total: 4 },
    ];
    expect((await walk(pages)).ids).toEqual([["a", "unreadable"], ["b", "unreadable"], []]);
  });
});

describe("pageSizeOf()", () => {
  test("is 100 unless a smaller page is asked for", () => {
    expect([pageSizeOf({}), pageSizeOf({ pageSize: 1 }), pageSizeOf({ pageSize: 100 })]).toEqual([100, 1, 100]);
  });

  test.each([0, 101, 1.5, Number.NaN])("refuses %d", (pageSize) => {
    expect(() => pageSizeOf({ pageSize })).toThrow(
      expect.objectContaining({ kind: "bad-request", message: "a page has 1 to 100 tasks" }),
    );
  });
});
