import * as z from "zod/mini";
import type { TargetList } from "../domain/known-targets.ts";
import { Instant } from "./record-schema.ts";
import { parseAs, requireKnownFormat } from "./unreadable-item.ts";
import type { Item } from "./unreadable-item.ts";

/** The single item that lists all targets. It avoids a scan of the table. */
export const targetListId = "#targets";

const KnownTargetEntry = z.object({
  connection: z.string(),
  provider: z.string(),
  region: z.string(),
  unconfigured: z.nullable(z.object({ sinceMs: Instant, openTasks: z.number(), pendingEvents: z.number() })),
});

const TargetListItem = z.object({ revision: z.int(), targets: z.array(KnownTargetEntry) });

/** @throws UnreadableError */
export function itemToTargetList(item: Item): TargetList {
  requireKnownFormat(item, "the item");
  return parseAs(TargetListItem, item, "the item");
}

/** The entries of an unreadable list that can still be read. Targets that are no longer configured are only there. */
export function remainingTargetList({ revision, targets }: Item): TargetList {
  const entries = Array.isArray(targets) ? targets.map((entry) => KnownTargetEntry.safeParse(entry)) : [];
  return {
    revision: Number.isSafeInteger(revision) ? Number(revision) : 0,
    targets: entries.flatMap(({ data }) => data ?? []),
  };
}
