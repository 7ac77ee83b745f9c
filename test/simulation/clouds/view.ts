import type { SeededRandom } from "../seeded-random.ts";
import { isListed, isVisible, stateAt } from "../truth.ts";
import type { CloudName, TrueTask, TrueState } from "../truth.ts";

/** What a cloud shows in one response, which may differ from the true state. */

export const contentFaults = [
  "null set",
  "unknown status",
  "status going backwards",
  "rows gone",
  "duplicate rows",
  "rows moving",
  "page repeated",
  "unreadable row",
] as const;
export type ContentFault = (typeof contentFaults)[number];

export interface Row {
  readonly task: TrueTask;
  readonly state: TrueState;
  readonly atMs: number;
  readonly unknownWord: boolean;
  readonly unreadable: boolean;
}

export interface Question {
  readonly cloud: CloudName;
  readonly targetKey: string;
  /** `null` for a list, which is not requested by id. */
  readonly ids: ReadonlySet<string> | null;
  /** By creation, both ends inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly offset: number;
  readonly limit: number;
  /** Further filters. */
  matches?(row: Row): boolean;
}

export interface View {
  readonly rows: readonly Row[];
  readonly total: number;
}

export interface ViewContext {
  readonly tasks: readonly TrueTask[];
  readonly nowMs: number;
  readonly random: SeededRandom;
}

/** How far behind a stale replica is. */
const mostStaleMs = 30 * 60_000;

/** The rows of one page, newest first. */
export function look(question: Question, fault: ContentFault | null, { tasks, nowMs, random }: ViewContext): View {
  const stale = fault === "status going backwards" ? random.int(1, mostStaleMs) : 0;
  let all = tasks.filter((task) => matches(task, question, nowMs)).map((task) => rowOf(task, nowMs - stale));
  if (question.matches !== undefined) all = all.filter(question.matches);
  all.sort((one, other) => other.task.createdAtMs - one.task.createdAtMs || (one.task.id < other.task.id ? -1 : 1));
  // A list that silently omits rows looks complete, so only batches omit rows; those can be requested again.
  if (fault === "rows gone" && question.ids !== null) all = all.filter(() => random.happens(0.5));
  if (fault === "duplicate rows") all = all.flatMap((row) => (random.happens(0.5) ? [row, row] : [row]));
  if (fault === "unknown status") all = all.map((row) => ({ ...row, unknownWord: random.happens(0.6) }));
  if (fault === "unreadable row") all = all.map((row) => ({ ...row, unreadable: random.happens(0.4) }));
  const { limit } = question;
  let { offset } = question;
  if (fault === "rows moving" && offset > 0) offset += random.pick([-1, 1]);
  if (fault === "page repeated" && offset > 0) offset = Math.max(0, offset - limit);
  return { rows: all.slice(offset, offset + limit), total: all.length };
}

function matches(task: TrueTask, { cloud, targetKey, ids, fromMs, toMs }: Question, nowMs: number): boolean {
  if (task.cloud !== cloud || task.targetKey !== targetKey) return false;
  if (ids !== null) return ids.has(task.nativeId) && isVisible(task, nowMs);
  return isListed(task, nowMs) && task.createdAtMs >= fromMs && task.createdAtMs <= toMs;
}

export function rowOf(task: TrueTask, atMs: number): Row {
  return { task, state: stateAt(task, Math.max(atMs, task.createdAtMs)), atMs, unknownWord: false, unreadable: false };
}

/** ECS reports times to the minute. */
export function minuteTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16)}Z`;
}

/** In China Standard Time without a zone. */
export function chinaTime(epochMs: number): string {
  return new Date(epochMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}
