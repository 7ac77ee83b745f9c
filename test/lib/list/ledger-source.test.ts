import { describe, expect, test } from "vitest";
import { ledgerSource } from "../../../lib/list/ledger-source.ts";
import type { ListTasksQuery } from "../../../lib/list/query.ts";
import { createUnreadableItems } from "../../../lib/list/unreadable-items.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import { createTaskBook } from "../../fakes/task-book.ts";

function recorded(count: number) {
  return Array.from({ length: count }, (_, index) =>
    sampleTask({
      nativeId: `t-${String(index).padStart(4, "0")}`,
      createdAt: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
      status: index % 100 === 0 ? "failed" : "running",
    }),
  );
}

async function walk(count: number, limit: number, filters: Partial<ListTasksQuery>) {
  const provider = createScriptedProvider({});
  const ledger = createTaskBook(recorded(count));
  const source = ledgerSource(
    provider.target,
    { limit, source: "ledger", ...filters },
    { ledger, unreadable: createUnreadableItems(), ...unhurried },
  );
  const found: string[] = [];
  let position: string | null = null;
  for (let pulls = 1; pulls < 100; pulls += 1) {
    const answer: Awaited<ReturnType<typeof source.pull>> = await source.pull(position, limit);
    if ("failure" in answer) throw new Error("a ledger never fails like a provider");
    found.push(...answer.rows.map(({ task }) => task.nativeId));
    if (answer.end === "ended") return { found, pulls, reads: ledger.reads, calls: provider.calls };
    position = answer.end.position;
  }
  throw new Error("the walk does not end");
}

describe("ledgerSource()", () => {
  test("returns every recorded task, newest first, without a provider call", async () => {
    const { found, calls } = await walk(60, 7, {});
    expect(found).toEqual(
      recorded(60)
        .map(({ nativeId }) => nativeId)
        .toReversed(),
    );
    expect(calls).toEqual([]);
  });

  test("finds the few matches among many tasks without a page for each", async () => {
    const { found, pulls } = await walk(1000, 1, { status: ["failed"] });
    expect(found).toHaveLength(10);
    expect(pulls).toBeLessThanOrEqual(11);
  });

  test("applies every filter", async () => {
    expect((await walk(20, 50, { nativeId: ["t-0003", "t-0004"] })).found).toEqual(["t-0004", "t-0003"]);
    expect((await walk(20, 50, { action: ["export-image"] })).found).toEqual([]);
  });
});
