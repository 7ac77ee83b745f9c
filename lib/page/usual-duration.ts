import type { Task } from "./api-answers.ts";

/** How long tasks of a kind usually take, from tasks that have ended. Nothing is estimated without enough of them. */

/** The middle half of the durations. */
export interface UsualDuration {
  readonly lowMs: number;
  readonly highMs: number;
  readonly samples: number;
}

/** Fewer tasks say too little about the next one. */
export const fewestSamples = 8;
/** Older tasks say little about today's clouds, and sorting them all would cost each update. */
const mostSamples = 200;

type Kind = Pick<Task, "provider" | "nativeAction">;

/** Tasks are compared with tasks of the same cloud and the same action. The API does not tell their sizes. */
function kindOf({ provider, nativeAction }: Kind): string {
  return `${provider} ${nativeAction}`;
}

/** The time from creation to the end, in milliseconds. `null` if the cloud has not told both, or told nonsense. */
export function durationMs({ createdAt, finishedAt }: Pick<Task, "createdAt" | "finishedAt">): number | null {
  if (createdAt === null || finishedAt === null) return null;
  const duration = Date.parse(finishedAt) - Date.parse(createdAt);
  return duration >= 0 ? duration : null;
}

/** @param tasks newest first; only those that succeeded count, because a failure may come at any time */
export function usualDurations(tasks: Iterable<Task>): ReadonlyMap<string, UsualDuration> {
  const durations = new Map<string, number[]>();
  for (const task of tasks) {
    const duration = task.status === "succeeded" ? durationMs(task) : null;
    if (duration === null) continue;
    const known = durations.get(kindOf(task)) ?? [];
    if (known.length < mostSamples) durations.set(kindOf(task), [...known, duration]);
  }
  const enough = [...durations].filter(([, known]) => known.length >= fewestSamples);
  return new Map(enough.map(([kind, known]) => [kind, middleHalf(known)]));
}

export function usualFor(task: Kind, usual: ReadonlyMap<string, UsualDuration>): UsualDuration | undefined {
  return usual.get(kindOf(task));
}

function middleHalf(durations: readonly number[]): UsualDuration {
  const sorted = durations.toSorted((a, b) => a - b);
  return { lowMs: quantile(sorted, 0.25), highMs: quantile(sorted, 0.75), samples: sorted.length };
}

/** Linear interpolation between the two nearest ranks. */
function quantile(sorted: readonly number[], share: number): number {
  const rank = (sorted.length - 1) * share;
  const low = sorted[Math.floor(rank)] ?? 0;
  const high = sorted[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
}

/** When an open task may be expected to end, in epoch milliseconds. */
export interface ExpectedEnd extends UsualDuration {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `undefined` when the task has no creation time, or when its kind has too little history. */
export function expectedEnd(task: Task, usual: ReadonlyMap<string, UsualDuration>): ExpectedEnd | undefined {
  const range = usualFor(task, usual);
  if (range === undefined || task.createdAt === null) return undefined;
  const createdMs = Date.parse(task.createdAt);
  return { ...range, fromMs: createdMs + range.lowMs, toMs: createdMs + range.highMs };
}
