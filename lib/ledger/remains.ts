import * as z from "zod/mini";
import type { Item, StoredUnreadable } from "./unreadable-item.ts";

/** What can still be told from the item of a task whose record is broken. */
export interface Remains {
  /** The highest revision in the item. Later events of the task must have higher sequence numbers. */
  readonly revision: number;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  /** True if no answer of the provider had shown the task yet. */
  readonly awaited: boolean;
  /**
   * True if the sweep no longer followed the task, and every event had been delivered: it has ended, or it is no longer
   * tracked. Only such items expire.
   */
  readonly closed: boolean;
}

const RecordRemains = z.object({
  revision: z.catch(z.int().check(z.minimum(0)), 0),
  generation: z.catch(z.int().check(z.minimum(1)), 1),
  task: z.catch(z.object({ labels: z.catch(z.record(z.string(), z.string()), {}) }), { labels: {} }),
});
const nothing: z.infer<typeof RecordRemains> = { revision: 0, generation: 1, task: { labels: {} } };

export function remainsOf({ stored }: StoredUnreadable): Remains {
  const { revision, generation, task } = recordRemains(stored["record"]);
  const ownRevision = Number.isSafeInteger(stored["revision"]) ? Number(stored["revision"]) : 0;
  return {
    revision: Math.max(0, revision, ownRevision),
    generation,
    labels: task.labels,
    awaited: stored["rowDigest"] === "",
    closed: isClosed(stored),
  };
}

function isClosed({ expiresAt, openTarget, pendingTarget }: Item): boolean {
  return typeof expiresAt === "number" && openTarget === undefined && pendingTarget === undefined;
}

function recordRemains(text: unknown): z.infer<typeof RecordRemains> {
  if (typeof text !== "string") return nothing;
  try {
    const value: unknown = JSON.parse(text);
    const compact = z.object({ format: z.number(), record: z.unknown() }).safeParse(value);
    return RecordRemains.safeParse(compact.success ? compact.data.record : value).data ?? nothing;
  } catch {
    return nothing;
  }
}
