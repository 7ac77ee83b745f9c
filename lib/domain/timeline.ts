import { boundText } from "./bound-text.ts";
import type { Task, TaskStatus } from "./task.ts";

/** The statuses in which a task was observed. Pure. */

/** A status and when it was first observed. `nativeStatus` is the provider's own word. */
export interface TimelineEntry {
  readonly status: TaskStatus;
  readonly nativeStatus: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Keeps the first entry and the last 49. */
const maxEntries = 50;
/** A provider may send a status of any length, and fifty entries are stored in the task's item. */
const maxWordLength = 100;

/** Appends the task's status if it, or the provider's word for it, has changed. */
export function extendTimeline(
  before: { readonly timeline: readonly TimelineEntry[]; readonly task: Task } | undefined,
  { status, nativeStatus }: Task,
  nowMs: number,
): readonly TimelineEntry[] {
  const timeline = before?.timeline ?? [];
  if (before?.task.status === status && before.task.nativeStatus === nativeStatus) return timeline;
  // Several machines with different clocks may write entries. The order of recording is the true order.
  const atMs = Math.max(nowMs, timeline.at(-1)?.atMs ?? nowMs);
  return bounded([...timeline, { status, nativeStatus: boundText(nativeStatus, maxWordLength), atMs }]);
}

function bounded(timeline: readonly TimelineEntry[]): readonly TimelineEntry[] {
  return timeline.toSpliced(1, timeline.length - maxEntries);
}

/** A `TimelineEntry` as shown by the API. */
interface TimelineStep {
  readonly status: TaskStatus;
  readonly nativeStatus: string;
  /** When the status was first observed, RFC 3339 UTC. */
  readonly at: string;
}

/**
 * A task with its recorded timeline, oldest first: the first entry and the last 49. Empty if the task is not recorded.
 */
export interface TaskDetail extends Task {
  readonly timeline: readonly TimelineStep[];
  /** Why the record cannot be read. Labels and timeline are then missing. Absent otherwise. */
  readonly recordProblem?: string;
}

export function withTimeline<Shown extends Task>(
  task: Shown,
  timeline: readonly TimelineEntry[],
): Shown & Pick<TaskDetail, "timeline"> {
  const steps = timeline.map(({ atMs, ...entry }) => ({ ...entry, at: new Date(atMs).toISOString() }));
  return { ...task, timeline: steps };
}
