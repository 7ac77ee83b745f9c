import { describe, expect, test } from "vitest";
import { changeTargetList } from "../../lib/ledger/change-target-list.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { Item } from "../../lib/ledger/unreadable-item.ts";
import { collect, collectOpen, pendingEvent, record, write } from "./ledger-contract.ts";
import { sampleTargetState } from "./sample-target-state.ts";

/** A ledger whose items a test edits like somebody with access to the table. */
export interface EditableLedger {
  readonly ledger: Ledger;
  read(id: string): Promise<Item | undefined>;
  put(item: Item): Promise<void>;
  all(): Promise<readonly Item[]>;
}

/** @param changes members that are `undefined` are removed */
export async function edit({ read, put }: EditableLedger, id: string, changes: Item): Promise<Item> {
  const item = await read(id);
  if (item === undefined) throw new Error(`there is no ${id}`);
  const kept = Object.entries({ ...item, ...changes }).filter(([, value]) => value !== undefined);
  const edited = Object.fromEntries(kept);
  await put(edited);
  return edited;
}

const signal = new AbortController().signal;
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const idOf = (nativeId: string) => `aliyun:cn-hangzhou:${nativeId}`;
const [broken, good] = [idOf("t-1"), idOf("t-2")];

/** The record's text with these members replaced. */
function withMembers(item: Item, change: (record: Record<string, Record<string, unknown>>) => unknown): string {
  const value = JSON.parse(String(item["record"]));
  change(value.record ?? value);
  return JSON.stringify(value);
}

const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;

const edits: readonly [string, (item: Item) => Item, string][] = [
  ["no JSON", () => ({ record: "{" }), "the record is not JSON"],
  ["no record", () => ({ record: undefined }), "the item has no record"],
  ["a record that is a number", () => ({ record: 7 }), "the item has no record"],
  ["a record that is null", () => ({ record: "null" }), "the record is missing or wrong"],
  [
    "a record of another task",
    (item) => ({ record: String(item["record"]).replaceAll("t-1", "t-9") }),
    "the record is that of another task",
  ],
  [
    "an unknown status",
    (item) => ({ record: withMembers(item, ({ task }) => (task!["status"] = "finished")) }),
    "task.status of the record is missing or wrong",
  ],
  [
    "a time that is no time",
    (item) => ({ record: withMembers(item, ({ task }) => (task!["createdAt"] = "yesterday")) }),
    "task.createdAt of the record is missing or wrong",
  ],
  [
    "a time beyond all dates",
    (item) => ({ record: withMembers(item, (one) => Object.assign(one, { lastMovedAtMs: 1e300 })) }),
    "lastMovedAtMs of the record is missing or wrong",
  ],
  [
    "labels that are numbers",
    (item) => ({ record: withMembers(item, ({ task }) => (task!["labels"] = { team: 7 })) }),
    "task.labels of the record is missing or wrong",
  ],
  [
    "a very deep member",
    (item) => ({ record: String(item["record"]).replace('"generation"', `"x":${deep},"generation"`) }),
    "the record is nested too deeply",
  ],
  ["no revision", () => ({ revision: undefined }), "the revision is not the record's"],
  ["another revision", () => ({ revision: 7 }), "the revision is not the record's"],
  ["a format that is a word", () => ({ record: '{"format":"x"}' }), "the format of the record is not a number"],
];

/** What every `Ledger` must do beside items that cannot be read. */
export function describeUnreadableItems(name: string, create: () => Promise<EditableLedger>): void {
  async function begin(): Promise<EditableLedger> {
    const table = await create();
    const [one, two] = [record("t-1", { labels: { team: "a" } }), record("t-2")];
    const due = (task: typeof one) => ({ ...task, pending: [pendingEvent(task.task, 5)] });
    await write(table.ledger, due(one), due(two));
    return table;
  }

  describe(`${name} beside an item that cannot be read`, () => {
    test.each(edits)("reads the other records and names the item with %s", async (_what, change, reason) => {
      const table = await begin();
      const changes = change((await table.read(broken)) ?? {});
      const edited = await edit(table, broken, changes);
      const { records, unreadable } = await table.ledger.readTasks([broken, good], signal);
      expect([...records.keys()]).toEqual([good]);
      expect(unreadable).toMatchObject([{ id: broken, fault: "broken", reason, stored: edited }]);
      const page = await table.ledger.listTasks(target, null, 10, signal);
      // The list's index does not have the revision.
      if (!("revision" in changes)) expect(page.unreadable).toMatchObject([{ id: broken, reason }]);
      expect(page.rows.map((row) => row.record.task.id)).toContain(good);
      expect(await collect(table.ledger.tasksWithDueEvents(target, 9, signal))).toContain(good);
      expect((await collectOpen(table.ledger.openTasks(target, null, signal))).map(({ id }) => id)).toContain(good);
    });

    test("replaces it, keeps a copy, and counts the copy for its target", async () => {
      const table = await begin();
      const edited = await edit(table, broken, { record: "{" });
      const [item] = (await table.ledger.readTasks([broken], signal)).unreadable;
      const next = record("t-1", {}, { revision: 2 });
      expect(await table.ledger.writeTask(next, item ?? null, signal)).toBe(true);
      expect((await table.ledger.readTasks([broken], signal)).records.get(broken)).toEqual(next);
      const copies = (await table.all()).filter(({ id }) => String(id).startsWith("#unreadable#"));
      expect(copies).toMatchObject([{ item: edited, reason: "the record is not JSON" }]);
      expect(copies[0]?.["expiresAt"]).toEqual(expect.any(Number));
      expect(await table.ledger.countReplaced(target, signal)).toBe(1);
      expect(await table.ledger.countReplaced({ ...target, region: "cn-beijing" }, signal)).toBe(0);
      expect((await table.ledger.listTasks(target, null, 10, signal)).rows).toHaveLength(2);
    });

    test.each([
      ["repaired", { record: "[]" }],
      ["given another revision", { record: "{", revision: 8 }],
    ])("does not replace an item that was %s meanwhile", async (_what, changes) => {
      const table = await begin();
      await edit(table, broken, { record: "{" });
      const [item] = (await table.ledger.readTasks([broken], signal)).unreadable;
      const edited = await edit(table, broken, changes);
      expect(await table.ledger.writeTask(record("t-1", {}, { revision: 2 }), item ?? null, signal)).toBe(false);
      expect(await table.read(broken)).toEqual(edited);
    });

    test("replaces an item that has neither a revision nor a record", async () => {
      const table = await begin();
      await table.put({ id: broken });
      const [item] = (await table.ledger.readTasks([broken], signal)).unreadable;
      expect(await table.ledger.writeTask(record("t-1"), item ?? null, signal)).toBe(true);
      expect((await table.ledger.readTasks([broken], signal)).unreadable).toEqual([]);
    });

    test.each([
      ["in its record", { record: '{"format":3,"record":{}}' }, "a newer version wrote the record (format 3)"],
      ["in its attributes", { format: 3 }, "a newer version wrote the item (format 3)"],
    ])("tells an item of a newer version by the format %s", async (_where, changes, reason) => {
      const table = await begin();
      await edit(table, broken, changes);
      const { records, unreadable } = await table.ledger.readTasks([broken, good], signal);
      expect([...records.keys()]).toEqual([good]);
      expect(unreadable).toMatchObject([{ id: broken, fault: "newer", reason }]);
    });

    test.each([
      ["openTarget", { openTarget: undefined }],
      ["rowDigest", { rowDigest: "other" }],
      ["missing", { missing: undefined }],
      ["listTarget", { listTarget: "aliyun:cn-beijing" }],
      ["pendingAtMs", { pendingAtMs: 7 }],
    ])("reads a record whose attribute %s is wrong, and says that its indexes are", async (_what, changes) => {
      const table = await begin();
      expect((await table.ledger.readTasks([broken, good], signal)).misindexed).toEqual(new Set());
      await edit(table, broken, changes);
      const { records, unreadable, misindexed } = await table.ledger.readTasks([broken, good], signal);
      expect([records.size, unreadable, misindexed]).toEqual([2, [], new Set([broken])]);
    });

    test("openTasks() and listTasks() name an item that an index shows wrongly", async () => {
      const table = await begin();
      await edit(table, broken, { missing: "no" });
      const pages = [];
      for await (const page of table.ledger.openTasks(target, null, signal)) pages.push(page);
      expect(pages.flatMap(({ unreadable }) => unreadable)).toMatchObject([{ id: broken, fault: "broken" }]);
      expect(pages.flatMap(({ tasks }) => tasks).map(({ id }) => id)).toEqual([good]);
      const elsewhere = { ...target, region: "cn-beijing" };
      await edit(table, broken, { listTarget: "aliyun:cn-beijing", openTarget: "aliyun:cn-beijing" });
      const { rows, unreadable, lastPosition } = await table.ledger.listTasks(elsewhere, null, 10, signal);
      expect([rows, unreadable.map(({ id }) => id)]).toEqual([[], [broken]]);
      expect(lastPosition).toBe(`2026-01-31T12:00:00.000Z#${broken}`);
      for await (const page of table.ledger.openTasks(elsewhere, null, signal)) {
        expect([page.tasks, page.unreadable.map(({ id }) => id), page.lastId]).toEqual([[], [broken], broken]);
      }
    });
  });

  describe(`${name} beside an unreadable target or list of targets`, () => {
    test("readTarget() throws, and readTargets() returns the others", async () => {
      const table = await create();
      const other = { ...target, region: "cn-beijing" };
      await table.ledger.writeTarget(target, sampleTargetState, null, signal);
      await table.ledger.writeTarget(other, sampleTargetState, null, signal);
      await edit(table, "#target#aliyun:cn-hangzhou", { checkpointMs: "x" });
      const reading = table.ledger.readTarget(target, signal);
      await expect(reading).rejects.toThrow("checkpointMs of the item is missing or wrong");
      const { states, unreadable } = await table.ledger.readTargets([target, other], signal);
      expect([...states.keys()]).toEqual(["aliyun:cn-beijing"]);
      expect([...unreadable.keys()]).toEqual(["aliyun:cn-hangzhou"]);
    });

    test("changeTargetList() rebuilds the list from the entries that can be read", async () => {
      const table = await create();
      const entry = { ...target, connection: "old", unconfigured: { sinceMs: 1, openTasks: 2, pendingEvents: 0 } };
      await table.ledger.writeTargetList({ revision: 4, targets: [entry] }, null, signal);
      await edit(table, "#targets", { targets: [{ region: 5 }, entry, null] });
      await expect(table.ledger.readTargetList(signal)).rejects.toThrow("targets.connection of the item is missing");
      const rebuilt = { revision: 5, targets: [entry] };
      expect(await changeTargetList(() => undefined, table.ledger, signal)).toEqual(rebuilt);
      expect(await table.ledger.readTargetList(signal)).toEqual(rebuilt);
    });
  });
}
