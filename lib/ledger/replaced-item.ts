import { createHash } from "node:crypto";
import { parseTaskId, targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import type { Item, StoredUnreadable } from "./unreadable-item.ts";

/** Copies of unreadable items that were replaced. People can look at them until they expire. */

const prefix = "#unreadable#";

/** The value of `listTarget` of a target's copies, which keeps them out of the list of its tasks. */
export function replacedItemsKey(target: Pick<Target, "connection" | "region">): string {
  return `${prefix}${targetKey(target)}`;
}

interface Copying {
  readonly nowMs: number;
  readonly retentionDays: number;
}

/** The copy of an item. Its id depends on what it holds, so a repeated copy changes nothing, and no copy is lost. */
export function copyOf({ id, reason, stored }: StoredUnreadable, { nowMs, retentionDays }: Copying): Item {
  const content = JSON.stringify(Object.entries(stored).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const { expiresAt } = stored;
  const expires = Math.ceil(nowMs / 1000) + retentionDays * 24 * 60 * 60;
  return {
    id: `${prefix}${id}#${digest}`,
    item: stored,
    reason,
    listTarget: replacedItemsKey(targetOf(id)),
    listKey: `${new Date(nowMs).toISOString()}#${id}`,
    expiresAt: typeof expiresAt === "number" ? expiresAt : expires,
  };
}

/** The target of a task or of a target's own item. The other items belong to none. */
function targetOf(id: string): Pick<Target, "connection" | "region"> {
  const [connection = "", region = ""] = id.replace(/^#target#/, "").split(":");
  return parseTaskId(id) ?? { connection, region };
}
