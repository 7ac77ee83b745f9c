import { describe, expect, test } from "vitest";
import { chunksOf } from "../../../lib/domain/chunks.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import type { Ledger } from "../../../lib/ledger/ledger.ts";
import { listTasks } from "../../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../../lib/list/query.ts";
import { explain } from "../../fakes/explain.ts";
import { pendingEvent, record } from "../../fakes/ledger-contract.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { unhurried } from "../../fakes/problem-of.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import { readingOf } from "../../fakes/task-reading.ts";

const provider = createScriptedProvider({});
const nativeId = (n: number) => `t-${String(n).padStart(3, "0")}`;

async function ledgerWith(...records: readonly TaskRecord[]): Promise<Ledger> {
  const ledger = createMemoryLedger();
  for (const one of records) await ledger.writeTask(one, null, unhurried.signal);
  return ledger;
}

/** The same ledger with its open tasks in pages of `size`. */
function inPages(ledger: Ledger, size: number): Ledger {
  return {
    ...ledger,
    async *openTasks(target, afterId, signal) {
      for await (const all of ledger.openTasks(target, afterId, signal)) {
        for (const tasks of chunksOf(all.tasks, size))
          yield { tasks, unreadable: [], lastId: tasks.at(-1)?.id ?? null };
      }
    },
  };
}

async function walk(ledger: Ledger, search: string): Promise<{ found: string[]; pages: number }> {
  const found: string[] = [];
  let cursor: string | null = null;
  for (let pages = 1; pages < 100; pages += 1) {
    const query = parseListQuery(`${search}${cursor === null ? "" : `&cursor=${cursor}`}`, [provider]);
    const answer = await listTasks(query, { providers: [provider], ledger, explain, now: () => 0, ...unhurried });
    found.push(...answer.tasks.map((task) => task.nativeId));
    cursor = answer.nextCursor;
    if (cursor === null) return { found, pages };
  }
  throw new Error("the walk does not end");
}

describe("stalled=true", () => {
  test("lists only open tasks that have stalled, not moving, ended, vanished, or untracked ones", async () => {
    const stalled = { stalledAtMs: 5 };
    const ledger = await ledgerWith(
      record("t-still", {}, stalled),
      record("t-paused", { status: "paused" }, stalled),
      record("t-moving"),
      record("t-ended", { status: "failed" }, stalled),
      record("t-vanished", { status: "vanished" }, stalled),
      record("t-untracked", {}, { ...stalled, tracking: "untracked" }),
    );
    expect((await walk(ledger, "stalled=true")).found).toEqual(["t-paused", "t-still"]);
    expect((await walk(ledger, "stalled=true&status=paused")).found).toEqual(["t-paused"]);
    expect((await walk(ledger, "stalled=true&action=export-image")).found).toEqual([]);
    expect(provider.calls).toEqual([]);
  });

  test("omits a task that progressed since the index of open tasks was read", async () => {
    const ledger = await ledgerWith(record("t-1", {}, { stalledAtMs: 5 }));
    const moved = record("t-1", {}, { stalledAtMs: null });
    const late: Ledger = { ...ledger, readTasks: async () => readingOf(new Map([[moved.task.id, moved]])) };
    expect((await walk(late, "stalled=true")).found).toEqual([]);
  });

  test.each([
    [3, 30],
    [7, 30],
    [100, 1000],
  ])("lists each task once over pages of %i, in id order, from index pages of %i", async (limit, size) => {
    const records = Array.from({ length: 230 }, (_, n) =>
      record(nativeId(n), {}, { stalledAtMs: n % 2 === 0 ? 5 : null }),
    );
    const ledger = inPages(await ledgerWith(...records), size);
    const expected = Array.from({ length: 115 }, (_, n) => nativeId(n * 2));
    expect((await walk(ledger, `stalled=true&limit=${limit}`)).found).toEqual(expected);
  });

  test("reads a limited number of pages per answer and continues from there", async () => {
    const records = Array.from({ length: 60 }, (_, n) => record(nativeId(n), {}, { stalledAtMs: n === 55 ? 5 : null }));
    const ledger = inPages(await ledgerWith(...records), 2);
    expect(await walk(ledger, "stalled=true")).toEqual({ found: ["t-055"], pages: 4 });
  });

  test("lists only tasks that match both stalled=true and pendingEvent=true", async () => {
    const waiting = { pending: [pendingEvent(record("t-1").task, 7)] };
    const ledger = await ledgerWith(
      record("t-1", {}, { ...waiting, stalledAtMs: 5 }),
      record("t-2", {}, waiting),
      record("t-3", {}, { stalledAtMs: 5 }),
      record("t-4", { status: "failed" }, { ...waiting, stalledAtMs: 5 }),
    );
    expect((await walk(ledger, "stalled=true&pendingEvent=true")).found).toEqual(["t-1"]);
  });
});
