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
    attention: [...sorted(stalled, startedMs), ...latestFirst(failed)],
    open: sorted(open, (task) => -startedMs(task)),
    finished: latestFirst(finished),
  };
}

export function isFailure({ status }: Pick<Task, "status">): boolean {
  return status === "failed" || status === "vanished";
}

/** Epoch milliseconds. Without a time of its end, the time at which the end was seen. */
export function endedMs({ finishedAt, observedAt }: Pick<Task, "finishedAt" | "observedAt">): number {
  return Date.parse(finishedAt ?? observedAt);
}

function startedMs({ createdAt, observedAt }: Task): number {
  return Date.parse(createdAt ?? observedAt);
}

/** Ended tasks, the latest end first. */
export function latestFirst(tasks: readonly Task[]): Task[] {
  return sorted(tasks, (task) => -endedMs(task));
}

/** Reads each time once: reading it for each comparison would take most of the time of an update. */
function sorted(tasks: readonly Task[], keyOf: (task: Task) => number): Task[] {
  const keyed = tasks.map((task) => ({ task, key: keyOf(task) }));
  return keyed.toSorted((a, b) => a.key - b.key || (a.task.id < b.task.id ? -1 : 1)).map(({ task }) => task);
}
