import { unreadableRecord } from "../http/problem.ts";
import type { UnreadableRecord } from "../http/problem.ts";
import type { UnreadableItem } from "../ledger/unreadable-item.ts";

/** An answer names at most this many items, so that a bad table does not make it too large. */
const maxNamed = 20;

/** The items of the ledger that one list met and could not read. */
export interface UnreadableItems {
  add(item: UnreadableItem): void;
  /** One entry per item, and one that counts the items that are not named. */
  failures(): readonly UnreadableRecord[];
}

export function createUnreadableItems(): UnreadableItems {
  const items = new Map<string, UnreadableItem>();
  return {
    add: (item) => items.set(item.id, item),
    failures() {
      const named = [...items.values()].slice(0, maxNamed).map(unreadableRecord);
      const left = items.size - named.length;
      return left === 0 ? named : [...named, { ...nothing, message: `${left} more records cannot be read` }];
    },
  };
}

const nothing = { connection: null, region: null, kind: "unreadable", code: null, requestId: null } as const;
