import { readFileSync } from "node:fs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TaskEvent } from "../../../lib/domain/events.ts";
import { startLedgerTables } from "../../fakes/ledger-table.ts";
import type { LedgerTables } from "../../fakes/ledger-table.ts";
import { createSweepBench, hour, minute, noon } from "../../fakes/sweep-bench.ts";

interface Fixture {
  /** When the last item was written. */
  readonly nowMs: number;
  readonly items: readonly { readonly id: string; readonly record?: string }[];
}

function fixture(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`../../fixtures/ledger/${name}.json`, import.meta.url), "utf8"));
}

let tables: LedgerTables;
beforeAll(async () => {
  tables = await startLedgerTables();
});
afterAll(() => tables.stop());

/** A bench at the time of the fixture, whose ledger holds the fixture's items and whose cloud holds their tasks. */
async function setUp({ nowMs, items }: Fixture) {
  const table = await tables.create();
  for (const Item of items) await table.client.send(new PutCommand({ TableName: table.tableName, Item }));
  const bench = createSweepBench(table);
  await bench.clock.advance(nowMs - noon);
  for (const { task } of stored(items)) {
    const status = task.status === "vanished" ? "gone" : task.status;
    const createdAtMs = Date.parse(task.createdAt);
    bench.cloud.tasks.set(task.nativeId, {
      createdAtMs,
      states: [{ status, percent: task.progress.percent, ...(task.error && { error: task.error }) }],
    });
  }
  return bench;
}

function stored(items: Fixture["items"]) {
  return items.flatMap(({ record }) => (record === undefined ? [] : [JSON.parse(record)]));
}

describe.each(["items-before-bounds"])("a ledger with the items of %s.json", (name) => {
  const earlier = fixture(name);
  const pending: TaskEvent[] = stored(earlier.items).flatMap((record) =>
    record.pending.map((entry: { event: TaskEvent }) => entry.event),
  );

  test("is read whole, with every event as it was recorded", async () => {
    const bench = await setUp(earlier);
    for (const before of stored(earlier.items)) {
      const record = await bench.record(before.task.nativeId);
      expect(record).toMatchObject(before);
      expect(record?.task).toMatchObject({ statusReason: null, truncated: [] });
      expect(JSON.stringify(record?.pending)).toBe(JSON.stringify(before.pending));
    }
  });

  test("is swept on: every recorded event is sent once and unchanged, and nothing else is", async () => {
    const bench = await setUp(earlier);
    await bench.sweepFor(10 * minute);
    const texts = (events: readonly TaskEvent[]) => events.map((event) => JSON.stringify(event)).toSorted();
    expect(pending.length).toBeGreaterThan(3);
    expect(texts(bench.bus.events)).toEqual(texts(pending));
  });

  test("completes its tasks, each once", async () => {
    const bench = await setUp(earlier);
    await bench.sweepFor(10 * minute);
    const before = bench.told().length;
    for (const nativeId of ["t-open", "t-told-once", "t-vanished", "t-untracked", "t-ended", "t-stalled"]) {
      bench.turn(nativeId, { status: "succeeded" });
    }
    await bench.sweepFor(hour);
    expect(bench.told().slice(before).toSorted()).toEqual([
      "completed t-open succeeded",
      "completed t-told-once succeeded",
      "completed t-vanished succeeded",
    ]);
    const ids = bench.bus.events.map(({ detail }) => detail.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is not written to by sweeps that see no change", async () => {
    const bench = await setUp(earlier);
    await bench.sweepFor(10 * minute);
    const { taskWrites } = bench.counts;
    await bench.sweepFor(5 * minute);
    expect(bench.counts.taskWrites).toBe(taskWrites);
  });
});
