import type { Task } from "./api-answers.ts";
import { matchesFilters } from "./filters.ts";
import type { Filters } from "./filters.ts";

/** Which tasks are shown where, and in which order. */

const hourMs = 60 * 60_000;
/** A failure is news for a day. Older ones are among the finished tasks. */
const newsMs = 24 * hourMs;

export interface Arranged {
  /** Stalled tasks, the longest first. Then the failures of the last day, the latest first. */
  readonly attention: readonly Task[];
  /** Other open tasks, newest first. */
  readonly open: readonly Task[];
  /** Ended within the filter's days, the latest first. Failures that need attention are here as well. */
  readonly finished: readonly Task[];
}

export interface Known {
  readonly tasks: Iterable<Task>;
  readonly stalledIds: ReadonlySet<string>;
}

export function arrange({ tasks, stalledIds }: Known, filters: Filters, nowMs: number): Arranged {
  const stalled: Task[] = [];
  const failed: Task[] = [];
  const open: Task[] = [];
  const finished: Task[] = [];
  const horizonMs = nowMs - filters.days * 24 * hourMs;
  for (const task of tasks) {
    const isStalled = !task.done && stalledIds.has(task.id);
    if (!matchesFilters(task, isStalled, filters)) continue;
    if (!task.done) (isStalled ? stalled : open).push(task);
    else if (endedMs(task) >= horizonMs) {
      finished.push(task);
      if (isFailure(task) && endedMs(task) >= nowMs - newsMs) failed.push(task);
    }
  }
  return {
    attention: [...stalled.toSorted((a, b) => compare(startedAt(a), startedAt(b))), ...failed.toSorted(latestEnd)],
    open: open.toSorted((a, b) => compare(startedAt(b), startedAt(a)) || compare(a.id, b.id)),
    finished: finished.toSorted(latestEnd),
  };
}

export function isFailure({ status }: Pick<Task, "status">): boolean {
  return status === "failed" || status === "vanished";
}

/** Epoch milliseconds. Without a time of its end, the time at which the end was seen. */
export function endedMs({ finishedAt, observedAt }: Pick<Task, "finishedAt" | "observedAt">): number {
  return Date.parse(finishedAt ?? observedAt);
}

function startedAt({ createdAt, observedAt }: Task): string {
  return createdAt ?? observedAt;
}

function latestEnd(a: Task, b: Task): number {
  return endedMs(b) - endedMs(a) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
