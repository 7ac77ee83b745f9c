import { describe, expect, test } from "vitest";
import type { Sighting } from "../../../../lib/domain/provider.ts";
import type { RoutePage } from "../../../../lib/providers/apsara-route/normalize.ts";
import { pagesFrom } from "../../../../lib/providers/apsara-route/paging.ts";
import { sampleTask } from "../../../fakes/sample-task.ts";

function pageOf(nativeIds: readonly string[], totalCount: number | null): RoutePage {
  const sightings = nativeIds.map((nativeId): Sighting => ({ task: sampleTask({ nativeId }), needsDetail: false }));
  return { sightings, unreadable: [], totalCount, pageSize: 2 };
}

describe("pagesFrom()", () => {
  test("throws unavailable when the count drops because a row disappeared and later rows shifted", async () => {
    // Of five, the first goes after page 1, so that the third is on page 1 when page 2 is read.
    const pages = [pageOf(["t-1", "t-2"], 5), pageOf(["t-4", "t-5"], 4)];
    const seen: string[] = [];

    const reading = (async () => {
      for await (const page of pagesFrom(
        { number: 1, size: 2 },
        async (number) => pages[number - 1] ?? pageOf([], 4),
      )) {
        seen.push(...page.sightings.map(({ task }) => task.nativeId));
      }
    })();

    await expect(reading).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      message: "rows moved between pages",
    });
    expect(seen).toEqual(["t-1", "t-2", "t-4", "t-5"]);
  });

  async function read(pages: readonly RoutePage[], first = 1) {
    const given: { ids: (string | null)[]; next: string | null }[] = [];
    const fetchPage = async (number: number) => {
      const page = pages[number - first];
      if (page === undefined) throw new Error(`page ${number} was not expected`);
      return page;
    };
    for await (const page of pagesFrom({ number: first, size: 2 }, fetchPage)) {
      const unreadable = page.unreadable.map(({ nativeId }) => nativeId);
      given.push({ ids: [...page.sightings.map(({ task }) => task.nativeId), ...unreadable], next: page.next });
    }
    return given;
  }

  const broken = (...nativeIds: (string | null)[]) => nativeIds.map((nativeId) => ({ nativeId, reason: "not a task" }));

  test("stops after 10,000 pages from the first one on", async () => {
    const asked: number[] = [];
    const endless = async (number: number) => {
      asked.push(number);
      return pageOf([`t-${number}`, `u-${number}`], null);
    };
    const reading = (async () => {
      for await (const page of pagesFrom({ number: 3, size: 2 }, endless)) expect(page.next).not.toBeNull();
    })();
    await expect(reading).rejects.toMatchObject({ kind: "malformed", message: "more than 10000 pages" });
    expect([asked.length, asked[0], asked.at(-1)]).toEqual([10_000, 3, 10_002]);
  });

  test("omits a row of an earlier page, readable or not", async () => {
    const pages = [
      { ...pageOf(["t-1"], null), unreadable: broken("u-1") },
      { ...pageOf(["t-2"], null), unreadable: broken("u-1", null) },
      pageOf([], null),
    ];
    expect(await read(pages)).toEqual([
      { ids: ["t-1", "u-1"], next: "2" },
      { ids: ["t-2", null], next: "3" },
      { ids: [], next: null },
    ]);
  });

  test("throws malformed when a page has only rows of earlier pages, in any order", async () => {
    const pages = [pageOf(["t-1", "t-2"], 5), pageOf(["t-2", "t-1"], 5)];
    await expect(read(pages)).rejects.toMatchObject({ kind: "malformed", message: "page 2 brings nothing new" });
  });

  test("throws malformed when a page of rows without ids is repeated", async () => {
    const nameless = { ...pageOf([], 9), unreadable: broken(null, null) };
    await expect(read([nameless, nameless])).rejects.toMatchObject({ message: "page 2 brings nothing new" });
  });

  test("throws malformed at a page of only earlier rows when rows without ids came before", async () => {
    const pages = [{ ...pageOf(["t-1"], 9), unreadable: broken(null) }, pageOf(["t-1"], 9)];
    await expect(read(pages)).rejects.toMatchObject({ message: "page 2 brings nothing new" });
  });

  test("counts an unreadable row that has an id once", async () => {
    const pages = [
      { ...pageOf(["t-1"], 4), unreadable: broken("u-1") },
      { ...pageOf(["t-2"], 4), unreadable: broken("u-1") },
    ];
    await expect(read(pages)).rejects.toMatchObject({ kind: "unavailable", message: "rows moved between pages" });
  });

  test("distinguishes pages of unreadable rows by their ids", async () => {
    const pages = [
      { ...pageOf([], 4), unreadable: broken("u-1", "u-2") },
      { ...pageOf([], 4), unreadable: broken("u-3", "u-4") },
    ];
    expect((await read(pages)).map(({ ids }) => ids)).toEqual([
      ["u-1", "u-2"],
      ["u-3", "u-4"],
    ]);
  });

  test("counts rows without ids as seen", async () => {
    const pages = [
      { ...pageOf(["t-1"], 4), unreadable: broken(null) },
      { ...pageOf(["t-2"], 4), unreadable: broken("u-1") },
    ];
    expect((await read(pages)).map(({ next }) => next)).toEqual(["2", null]);
  });

  test("includes the rows of the pages before its first page in the count", async () => {
    expect(await read([pageOf(["t-5", "t-6"], 7), pageOf(["t-7"], 7)], 3)).toEqual([
      { ids: ["t-5", "t-6"], next: "4" },
      { ids: ["t-7"], next: null },
    ]);
  });

  test("continues after a full page and ends after a partial one when there is no count", async () => {
    const wide = { ...pageOf(["t-1", "t-2"], null), pageSize: 50 };
    expect((await read([wide, pageOf(["t-3"], null)])).map(({ next }) => next)).toEqual(["2", null]);
    const unsaid = { ...pageOf(["t-1", "t-2"], null), pageSize: null };
    expect((await read([unsaid, pageOf([], null)])).map(({ next }) => next)).toEqual(["2", null]);
  });

  test("ends without an error when a later page is empty and has no count", async () => {
    expect((await read([pageOf(["t-1", "t-2"], 5), pageOf([], null)])).map(({ next }) => next)).toEqual(["2", null]);
  });
});
