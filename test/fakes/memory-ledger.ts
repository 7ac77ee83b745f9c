import type { TargetList } from "../../lib/domain/known-targets.ts";
import { latestAttemptMs } from "../../lib/domain/postponement.ts";
import type { TargetState, TaskRecord } from "../../lib/domain/record.ts";
import { targetKey } from "../../lib/domain/task.ts";
import type { Target } from "../../lib/domain/task.ts";
import {
  isIndexed,
  itemToOpenTask,
  itemToRecord,
  itemToTargetState,
  recordToItem,
  targetItemId,
} from "../../lib/ledger/items.ts";
import { RecordRefusedError, UnreadableItemError } from "../../lib/ledger/ledger.ts";
import type { Expected, Ledger, TaskReading } from "../../lib/ledger/ledger.ts";
import { copyOf, replacedItemsKey } from "../../lib/ledger/replaced-item.ts";
import { itemToTargetList, targetListId } from "../../lib/ledger/target-list-item.ts";
import { UnreadableError, readItem } from "../../lib/ledger/unreadable-item.ts";
import type { Item, StoredUnreadable, UnreadableItem } from "../../lib/ledger/unreadable-item.ts";
import type { EditableLedger } from "./unreadable-items-contract.ts";

/** DynamoDB's item size limit. */
const maxItemBytes = 400 * 1024;
const retentionDays = 90;

export interface MemoryLedger extends Ledger {
  /** By id. Tests may edit them like somebody with access to the table. */
  readonly items: Map<string, Item>;
}

/** An in-memory ledger with the same contract as the DynamoDB one, for tests with thousands of sweeps. */
export function createMemoryLedger(): MemoryLedger {
  // Records are text and nothing else is nested, so that a read never returns the written object.
  const items = new Map<string, Item>();
  const cursorKey = Buffer.alloc(32, 7);

  function itemsWith(name: string, value: string): Item[] {
    return [...items.values()].filter((item) => item[name] === value);
  }

  function put(item: Item, expected: Expected): boolean {
    const id = String(item["id"]);
    const stored = items.get(id);
    if (!isAsExpected(stored, expected)) return false;
    if (String(item["record"]).length > maxItemBytes) throw new RecordRefusedError(`${id} is too large`);
    if (typeof expected === "object" && expected !== null) {
      const copy = copyOf(expected, { nowMs: 0, retentionDays });
      items.set(String(copy["id"]), copy);
    }
    items.set(id, item);
    return true;
  }

  function readOne<Value>(id: string, read: (item: Item) => Value): Value | undefined {
    const item = items.get(id);
    if (item === undefined) return undefined;
    const reading = readItem(item, read);
    if ("unreadable" in reading) throw new UnreadableItemError(reading.unreadable);
    return reading.value;
  }

  return {
    items,
    async readTasks(ids) {
      return readRecords([...new Set(ids)].map((id) => items.get(id)).filter((item) => item !== undefined));
    },
    writeTask: async (record, expected) => put(recordToItem(record, retentionDays), expected),
    async *openTasks(target, afterId) {
      const open = itemsWith("openTarget", targetKey(target)).filter(
        ({ id }) => afterId === null || String(id) > afterId,
      );
      const sorted = open.toSorted((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1));
      const { values: tasks, unreadable } = readAll(sorted, (item) => itemToOpenTask(item, target));
      yield { tasks, unreadable, lastId: sorted.length === 0 ? null : String(sorted.at(-1)?.["id"]) };
    },
    async *tasksWithDueEvents(target, nowMs) {
      const due = itemsWith("pendingTarget", targetKey(target))
        .flatMap(({ id, pendingAtMs: atMs }) => (typeof atMs === "number" ? [{ id: String(id), atMs }] : []))
        .filter(({ atMs }) => atMs <= nowMs || (atMs > latestAttemptMs(nowMs) && atMs < Infinity));
      yield due.toSorted((a, b) => a.atMs - b.atMs).map(({ id }) => id);
    },
    listTasks: async (target, after, limit) =>
      listPage(itemsWith("listTarget", targetKey(target)), target, after, limit),
    readTarget: async (target) => readOne(targetItemId(target), itemToTargetState),
    async readTargets(wanted) {
      const states = new Map<string, TargetState>();
      const unreadable = new Map<string, UnreadableItem>();
      for (const target of wanted) {
        const item = items.get(targetItemId(target));
        if (item === undefined) continue;
        const reading = readItem(item, itemToTargetState);
        if ("value" in reading) states.set(targetKey(target), reading.value);
        else unreadable.set(targetKey(target), reading.unreadable);
      }
      return { states, unreadable };
    },
    writeTarget: async (target, state, expected) => put({ id: targetItemId(target), ...state }, expected),
    readTargetList: async (): Promise<TargetList | undefined> => readOne(targetListId, itemToTargetList),
    writeTargetList: async (list, expected) => put({ id: targetListId, ...list }, expected),
    countReplaced: async (target) => itemsWith("listTarget", replacedItemsKey(target)).length,
    cursorKey: async () => cursorKey,
  };
}

export function editable(ledger: MemoryLedger): EditableLedger {
  return {
    ledger,
    read: async (id) => ledger.items.get(id),
    put: async (item) => void ledger.items.set(String(item["id"]), item),
    all: async () => [...ledger.items.values()],
  };
}

function isAsExpected(stored: Item | undefined, expected: Expected): boolean {
  if (expected === null) return stored === undefined;
  if (typeof expected === "number") return stored?.["revision"] === expected;
  const same = (name: string) => stored?.[name] === expected.stored[name];
  return stored !== undefined && same("revision") && same("record");
}

function readRecords(items: readonly Item[]): TaskReading {
  const records = new Map<string, TaskRecord>();
  const unreadable: StoredUnreadable[] = [];
  const misindexed = new Set<string>();
  for (const item of items) {
    const reading = readItem(item, (one) => itemToRecord({ revision: null, ...one }));
    if ("unreadable" in reading) unreadable.push(reading.unreadable);
    else {
      records.set(reading.value.task.id, reading.value);
      if (!isIndexed(item, reading.value)) misindexed.add(reading.value.task.id);
    }
  }
  return { records, unreadable, misindexed };
}

function readAll<Value>(items: readonly Item[], read: (item: Item) => Value) {
  const values: Value[] = [];
  const unreadable: UnreadableItem[] = [];
  for (const item of items) {
    const reading = readItem(item, read);
    if ("value" in reading) values.push(reading.value);
    else unreadable.push(reading.unreadable);
  }
  return { values, unreadable };
}

function listPage(items: readonly Item[], target: Target, after: string | null, limit: number) {
  const left = items
    .filter(({ listKey }) => typeof listKey === "string" && (after === null || listKey < after))
    .toSorted((a, b) => (String(a["listKey"]) > String(b["listKey"]) ? -1 : 1));
  const page = left.slice(0, limit);
  const { values: rows, unreadable } = readAll(page, (item) => {
    const record = itemToRecord(item);
    if (targetKey(record.task) !== targetKey(target))
      throw new UnreadableError("broken", "it is in the list of another target");
    return { record, position: String(item["listKey"]) };
  });
  const lastPosition = page.length === 0 ? null : String(page.at(-1)?.["listKey"]);
  return { rows, unreadable, lastPosition, more: left.length > limit };
}
