import { describe, expect, test } from "vitest";
import { collectRows } from "../../../lib/list/collect-rows.ts";
import type { SourcePage, Walk } from "../../../lib/list/collect-rows.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

interface Letter {
  readonly after: string;
}

const cutOff = new Error("the time is over");

/** Pages of letters; capital letters match. `!` cuts the walk off. */
function walkOf(pages: readonly string[], own: Partial<Walk<Letter>> = {}) {
  const read: string[] = [];
  async function* pagesOf(): AsyncGenerator<SourcePage<Letter>> {
    for (const [index, page] of pages.entries()) {
      if (page === "!") throw cutOff;
      read.push(page);
      const rows = [...page].map((after) => ({ after }));
      yield { rows, end: index === pages.length - 1 ? "ended" : { position: `page ${index + 1}` } };
    }
  }
  const walk: Walk<Letter> = {
    pages: pagesOf(),
    from: "page 0",
    maxPages: 3,
    portionSize: 2,
    match: async (portion) =>
      portion
        .filter(({ after }) => after === after.toUpperCase())
        .map(({ after }) => ({ task: sampleTask({ nativeId: after }), after })),
    isCutOff: (error) => error === cutOff,
    ...own,
  };
  return { walk, read };
}

describe("collectRows()", () => {
  test.each<[string, readonly string[], number, string, unknown, number]>([
    ["reads every page up to the last one", ["Ab", "cD", "E"], 10, "ADE", "ended", 3],
    ["stops inside a page, behind the last portion looked at", ["aBcdEF"], 1, "B", { position: "B" }, 1],
    ["keeps every match of a portion", ["ABCD", "e"], 1, "AB", { position: "B" }, 1],
    [
      "goes on at the next page when the limit is met at the end of one",
      ["aB", "C"],
      1,
      "B",
      { position: "page 1" },
      1,
    ],
    ["has ended when the limit is met at the very end", ["aB", "cD"], 2, "BD", "ended", 2],
    ["stops after so many pages", ["A", "b", "C", "D", "E"], 10, "AC", { position: "page 3" }, 3],
    ["passes pages without rows", ["", "", "A"], 10, "A", "ended", 3],
    ["keeps what matched before it was cut off", ["aB", "!"], 10, "B", { position: "page 1" }, 1],
  ])("%s", async (_what, pages, limit, matched, end, pagesRead) => {
    const { walk, read } = walkOf(pages);
    const pulled = await collectRows(walk, limit);
    expect([pulled.rows.map(({ after }) => after).join(""), pulled.end]).toEqual([matched, end]);
    expect(read).toHaveLength(pagesRead);
  });

  test("keeps the portions before the one that was cut off", async () => {
    const { walk } = walkOf(["ABcD", "E"]);
    const match: Walk<Letter>["match"] = (portion) =>
      portion[0]?.after === "c" ? Promise.reject(cutOff) : walk.match(portion);
    const pulled = await collectRows({ ...walk, match }, 10);
    expect([pulled.rows.map(({ after }) => after), pulled.end]).toEqual([["A", "B"], { position: "B" }]);
  });

  test("throws when it was cut off before anything was looked at", async () => {
    await expect(collectRows(walkOf(["!"]).walk, 10)).rejects.toBe(cutOff);
  });

  test("throws other errors whatever was found before", async () => {
    const { walk } = walkOf(["A", "!"], { isCutOff: () => false });
    await expect(collectRows(walk, 10)).rejects.toBe(cutOff);
  });
});
