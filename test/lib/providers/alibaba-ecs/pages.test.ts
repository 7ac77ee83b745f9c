import { describe, expect, test } from "vitest";
import { normalizeTaskList } from "../../../../lib/providers/alibaba-ecs/normalize.ts";
import { walkPages } from "../../../../lib/providers/alibaba-ecs/pages.ts";

const context = { observedAt: "2026-03-01T09:00:00.000Z", requestId: null };

interface Page {
  readonly ids: readonly (string | null)[];
  readonly total?: number;
  readonly pageSize?: number;
}

/** Walks over pages that are answered in turn, two rows a page. */
async function walk(pages: readonly Page[], firstPage = 1) {
  const asked: number[] = [];
  const ids: string[][] = [];
  const next: (string | null)[] = [];
  const fetchPage = (pageNumber: number) => {
    const page = pages[asked.length];
    asked.push(pageNumber);
    if (page === undefined) throw new Error(`page ${pageNumber} was not expected`);
    const Task = page.ids.map((TaskId) => (TaskId === null ? {} : { TaskId, TaskStatus: "Processing" }));
    const payload = { TaskSet: { Task }, TotalCount: page.total, PageSize: page.pageSize };
    return Promise.resolve(normalizeTaskList(payload, context));
  };
  for await (const page of walkPages({ firstPage, pageSize: 2, fetchPage })) {
    ids.push([...page.sightings.map(({ task }) => task.nativeId), ...page.unreadable.map(() => "unreadable")]);
    next.push(page.next);
  }
  return { asked, ids, next };
}

describe("walkPages()", () => {
  test("ends when as many tasks were seen as were counted", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["c"], total: 3 },
    ];
    expect(await walk(pages)).toEqual({ asked: [1, 2], ids: [["a", "b"], ["c"]], next: ["2", null] });
  });

  test("does not mistake different ids for a repetition when they concatenate to the same text", async () => {
    const pages = [
      { ids: ["1", "12"], total: 4 },
      { ids: ["11", "2"], total: 4 },
    ];
    expect((await walk(pages)).ids).toEqual([
      ["1", "12"],
      ["11", "2"],
    ]);
  });

  test("returns one empty page when there are no tasks", async () => {
    expect(await walk([{ ids: [], total: 0 }])).toEqual({ asked: [1], ids: [[]], next: [null] });
  });

  test("continues to an empty page when there is no count", async () => {
    const pages = [{ ids: ["a", "b"] }, { ids: ["c"] }, { ids: [] }];
    expect(await walk(pages)).toEqual({ asked: [1, 2, 3], ids: [["a", "b"], ["c"], []], next: ["2", "3", null] });
  });

  test("ignores a count that is smaller than its own page", async () => {
    expect((await walk([{ ids: ["a", "b"], total: 0 }, { ids: ["c"], total: 0 }, { ids: [] }])).ids).toEqual([
      ["a", "b"],
      ["c"],
      [],
    ]);
  });

  test("continues when a provider returns smaller pages than requested", async () => {
    const pages = ["a", "b", "c"].map((id) => ({ ids: [id], total: 3, pageSize: 1 }));
    expect((await walk(pages)).ids).toEqual([["a"], ["b"], ["c"]]);
  });

  test("returns each task once when rows shift to the next page, and still finds the last", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["b", "c"], total: 3 },
    ];
    expect((await walk(pages)).ids).toEqual([["a", "b"], ["c"]]);
  });

  test("throws unavailable when a task was added before the current page", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["b", "c"], total: 4 },
      { ids: [], total: 4 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      message: "DescribeTasks: rows moved between pages, only 3 of 4 tasks were listed",
    });
  });

  test("throws unavailable when the last page contains only tasks already seen", async () => {
    const pages = [
      { ids: ["a", "b"], total: 3 },
      { ids: ["b"], total: 3 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("throws unavailable when the count drops between pages, since a task may have shifted unseen", async () => {
    const pages = [
      { ids: ["a", "b"], total: 4 },
      { ids: ["d"], total: 3 },
      { ids: [], total: 3 },
    ];
    await expect(walk(pages)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("throws unavailable when the first page is empty although tasks were counted", async () => {
    await expect(walk([{ ids: [], total: 5 }])).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("throws malformed when a page repeats the one before it", async () => {
    const repeated = { ids: ["a", "b"], total: 5 };
    await expect(walk([repeated, repeated])).rejects.toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: page 2 repeats page 1",
    });
    await expect(walk([{ ids: [null] }, { ids: [null] }])).rejects.toMatchObject({ kind: "malformed" });
  });

  test("throws malformed when a page of unreadable rows is repeated, with or without ids", async () => {
    const list = { sightings: [], totalCount: null, pageSize: null };
    const named = (nativeId: string) => ({ ...list, unreadable: [{ nativeId, reason: "not a task" }] });
    const nextOf = async (ids: readonly string[]) => {
      const next: (string | null)[] = [];
      const fetchPage = async (page: number) => named(ids[page - 1] ?? "");
      for await (const page of walkPages({ firstPage: 1, pageSize: 2, fetchPage })) next.push(page.next);
      return next;
    };
    await expect(nextOf(["a", "a"])).rejects.toMatchObject({ message: "DescribeTasks: page 2 repeats page 1" });
    expect(await nextOf(["a", "b", "a"])).toEqual(["2", "3", null]);
  });

  test("ends when pages repeat in a cycle", async () => {
    const [first, second] = [{ ids: ["a", "b"] }, { ids: ["c", "d"] }];
    expect((await walk([first, second, first])).next).toEqual(["2", "3", null]);
  });

  test("counts unreadable rows and never omits them", async () => {
    const pages = [
      { ids: ["a", null], total: 4 },
      { ids: [null, "b"], total: 4 },
    ];
    expect((await walk(pages)).ids).toEqual([
      ["a", "unreadable"],
      ["b", "unreadable"],
    ]);
  });

  test("continues from a later page, where it cannot know whether rows shifted", async () => {
    const pages = [{ ids: ["e"], total: 5 }];
    expect(await walk(pages, 3)).toEqual({ asked: [3], ids: [["e"]], next: [null] });
    expect((await walk([{ ids: [], total: 5 }], 3)).next).toEqual([null]);
    const smaller = ["c", "d", "e"].map((id) => ({ ids: [id], total: 5, pageSize: 1 }));
    expect((await walk(smaller, 3)).next).toEqual(["4", "5", null]);
  });
});
