import * as z from "zod/mini";
import type { TargetList } from "../domain/known-targets.ts";

/** The single item that lists all targets. It avoids a scan of the table. */
export const targetListId = "#targets";

const TargetListItem = z.object({
  revision: z.number(),
  targets: z.array(
    z.object({
      connection: z.string(),
      provider: z.string(),
      region: z.string(),
      unconfigured: z.nullable(z.object({ sinceMs: z.number(), openTasks: z.number(), pendingEvents: z.number() })),
    }),
  ),
});

export function itemToTargetList(item: unknown): TargetList {
  return TargetListItem.parse(item);
}
