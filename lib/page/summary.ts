import { latestFirst } from "./arrange.ts";
import type { Filters } from "./filters.ts";
import type { TaskBook } from "./task-book.ts";
import { usualDurations } from "./usual-duration.ts";
import type { UsualDuration } from "./usual-duration.ts";

/** What is the same for every view of the same tasks. */
export interface Summary {
  readonly usual: ReadonlyMap<string, UsualDuration>;
  /** How many tasks have each status. Stalled tasks count for their status as well. */
  readonly counts: ReadonlyMap<Filters["statuses"][number], number>;
  /** The connections that have tasks. */
  readonly connections: ReadonlySet<string>;
}

const remembered = new WeakMap<TaskBook, { readonly version: number; readonly summary: Summary }>();

/** Made once for each version of the book, because each letter of a search draws the page again. */
export function summaryOf(book: TaskBook): Summary {
  const known = remembered.get(book);
  if (known?.version === book.version) return known.summary;
  const summary = summarize(book);
  remembered.set(book, { version: book.version, summary });
  return summary;
}

function summarize({ tasks, stalledIds }: TaskBook): Summary {
  const counts = new Map<Filters["statuses"][number], number>();
  const count = (status: Filters["statuses"][number]) => counts.set(status, (counts.get(status) ?? 0) + 1);
  const connections = new Set<string>();
  for (const { id, connection, status, done } of tasks.values()) {
    connections.add(connection);
    count(status);
    if (!done && stalledIds.has(id)) count("stalled");
  }
  const ended = [...tasks.values()].filter(({ done }) => done);
  return { usual: usualDurations(latestFirst(ended)), counts, connections };
}
