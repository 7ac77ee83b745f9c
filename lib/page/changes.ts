import type { Task } from "./api-answers.ts";
import { isFailure } from "./arrange.ts";
import { titleOf } from "./task-words.ts";
import { countWords } from "./wording.ts";

/** What a screen reader is told: tasks that have ended or stalled, and nothing of the progress in between. */

export interface Sight {
  readonly done: boolean;
  readonly isStalled: boolean;
}

/** One sentence, or an empty text when there is nothing to say. A task that was not known before is no change. */
export function describeChanges(
  before: ReadonlyMap<string, Sight>,
  tasks: Iterable<Task>,
  stalledIds: ReadonlySet<string>,
): string {
  const ended: Task[] = [];
  const stalled: Task[] = [];
  for (const task of tasks) {
    const known = before.get(task.id);
    if (known === undefined) continue;
    if (task.done && !known.done) ended.push(task);
    if (!task.done && stalledIds.has(task.id) && !known.isStalled) stalled.push(task);
  }
  return [describeEnded(ended), ...describeStalled(stalled)].filter((text) => text !== "").join(" ");
}

function describeEnded(ended: readonly Task[]): string {
  const [only] = ended;
  if (only === undefined) return "";
  if (ended.length === 1) return `${titleOf(only)} ${only.status === "canceled" ? "was" : "has"} ${only.status}.`;
  const failed = ended.filter(isFailure).length;
  return `${countWords(ended.length, "task has", "tasks have")} ended, ${failed} of them failed.`;
}

function describeStalled(stalled: readonly Task[]): string[] {
  const [only] = stalled;
  if (only === undefined) return [];
  return [
    stalled.length === 1
      ? `${titleOf(only)} has stalled.`
      : `${countWords(stalled.length, "task has", "tasks have")} stalled.`,
  ];
}

export function sightsOf(tasks: Iterable<Task>, stalledIds: ReadonlySet<string>): ReadonlyMap<string, Sight> {
  return new Map(Array.from(tasks, ({ id, done }) => [id, { done, isStalled: stalledIds.has(id) }]));
}
