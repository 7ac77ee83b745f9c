import { describe, expect, test } from "vitest";
import type { Sighting } from "../../../../lib/provider.ts";
import type { RoutePage } from "../../../../lib/providers/apsara-route/normalize.ts";
import { pagesFrom } from "../../../../lib/providers/apsara-route/paging.ts";
import { sampleTask } from "../../../fakes/sample-task.ts";

function pageOf(nativeIds: readonly string[], totalCount: number): RoutePage {
  const sightings = nativeIds.map((nativeId): Sighting => ({ task: sampleTask({ nativeId }), needsDetail: false }));
  return { sightings, unreadable: [], totalCount, pageSize: 2 };
}

describe("pagesFrom()", () => {
  test("throws unavailable when the count falls because a row went and those after it moved up a page", async () => {
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

    await expect(reading).rejects.toMatchObject({ kind: "unavailable", message: "rows moved between pages" });
    expect(seen).toEqual(["t-1", "t-2", "t-4", "t-5"]);
  });
});
