import type { Task, TaskStatus } from "./task.ts";

/** What a task went through, as far as it was seen. Pure. */

/** A status as it was first observed; `nativeStatus` in the provider's own word. */
export interface TimelineEntry {
  readonly status: TaskStatus;
  readonly nativeStatus: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** The first entry and the last 49. */
const maxEntries = 50;
/** Some provider may send anything for a word; fifty of them share an item with the task. */
const maxWordLength = 100;

/** The timeline with the task's status at its end when that, or the provider's word for it, is another than before. */
export function extendTimeline(
  before: { readonly timeline: readonly TimelineEntry[]; readonly task: Task } | undefined,
  { status, nativeStatus }: Task,
  nowMs: number,
): readonly TimelineEntry[] {
  const timeline = before?.timeline ?? [];
  if (before?.task.status === status && before.task.nativeStatus === nativeStatus) return timeline;
  // Entries come from several machines; where their clocks differ, the order of recording is the true one.
  const atMs = Math.max(nowMs, timeline.at(-1)?.atMs ?? nowMs);
  return bounded([...timeline, { status, nativeStatus: boundedWord(nativeStatus), atMs }]);
}

function bounded(timeline: readonly TimelineEntry[]): readonly TimelineEntry[] {
  return timeline.toSpliced(1, timeline.length - maxEntries);
}

function boundedWord(word: string): string {
  return word.length <= maxWordLength ? word : `${word.slice(0, maxWordLength - 1).toWellFormed()}…`;
}

/** A `TimelineEntry` as it is shown. */
interface TimelineStep {
  readonly status: TaskStatus;
  readonly nativeStatus: string;
  /** When it was first observed, RFC 3339 UTC. */
  readonly at: string;
}

/** A task with what is recorded of its past, oldest first: its first entry and the last 49; none when not recorded. */
export interface TaskDetail extends Task {
  readonly timeline: readonly TimelineStep[];
}

export function withTimeline(task: Task, timeline: readonly TimelineEntry[]): TaskDetail {
  const steps = timeline.map(({ atMs, ...entry }) => ({ ...entry, at: new Date(atMs).toISOString() }));
  return { ...task, timeline: steps };
}
