import type { TaskRecord } from "../../lib/domain/record.ts";
import type { Simulation } from "./simulation.ts";

/** The table and its three indexes, which lag behind it. */

export type Item = Readonly<Record<string, unknown>>;

export interface Store {
  get(id: string): Item | undefined;
  recordOf(id: string): TaskRecord | undefined;
  put(item: Item, record: TaskRecord | undefined, lagMs: number): void;
  /** The items that an index currently shows. */
  indexed(): Item[];
  all(): IterableIterator<Row>;
  copy(): Copy;
  /** Replaces everything by the copy. */
  restore(copy: Copy): void;
  /** Removes what has expired, some items up to two days late. */
  expire(): void;
}

export type Copy = ReadonlyMap<string, Pick<Row, "item" | "record">>;

const latestRemovalMs = 48 * 3_600_000;

interface Row {
  item: Item;
  /** The record in the item, for the witness; `undefined` if the item is not a task. */
  record: TaskRecord | undefined;
  /** Changes that the indexes do not show yet, oldest first. */
  readonly coming: { readonly visibleAtMs: number; readonly item: Item }[];
  shown: Item | undefined;
}

export function createStore({ timeline }: Pick<Simulation, "timeline">): Store {
  const rows = new Map<string, Row>();

  function put(item: Item, record: TaskRecord | undefined, lagMs: number): void {
    const id = String(item["id"]);
    const visibleAtMs = timeline.now() + lagMs;
    const row = rows.get(id);
    if (row === undefined) {
      rows.set(id, { item, record, coming: [{ visibleAtMs, item }], shown: undefined });
      return;
    }
    row.item = item;
    row.record = record;
    // An index shows an item's versions in order.
    row.coming.push({ visibleAtMs: Math.max(visibleAtMs, row.coming.at(-1)?.visibleAtMs ?? 0), item });
  }

  return {
    get: (id) => rows.get(id)?.item,
    recordOf: (id) => rows.get(id)?.record,
    put,
    indexed() {
      const nowMs = timeline.now();
      const items: Item[] = [];
      for (const row of rows.values()) {
        while (row.coming[0] !== undefined && row.coming[0].visibleAtMs <= nowMs) row.shown = row.coming.shift()?.item;
        if (row.shown !== undefined) items.push(row.shown);
      }
      return items;
    },
    all: () => rows.values(),
    copy: () => new Map([...rows].map(([id, { item, record }]) => [id, { item, record }])),
    restore(copy) {
      rows.clear();
      for (const [id, { item, record }] of copy) rows.set(id, { item, record, coming: [], shown: item });
    },
    expire() {
      for (const [id, { item }] of rows) {
        const expiresAt = item["expiresAt"];
        if (typeof expiresAt !== "number") continue;
        const lateMs = (id.length * 7_919_000) % latestRemovalMs;
        if (expiresAt * 1000 + lateMs < timeline.now()) rows.delete(id);
      }
    },
  };
}
