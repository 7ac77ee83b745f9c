import { hasLabel } from "../domain/labels.ts";
import { isSameWord } from "../domain/native-word.ts";
import type { TaskRecord } from "../domain/record.ts";
import { isTerminal } from "../domain/task.ts";
import type { Target, Task } from "../domain/task.ts";
import type { ListTasksQuery } from "./query.ts";

/** The filters of a list. Applied to every row, whether or not the provider has filtered already. */

export function targetMatches(target: Target, query: ListTasksQuery): boolean {
  return (
    includes(query.connection, target.connection) &&
    includes(query.provider, target.provider) &&
    includes(query.region, target.region)
  );
}

/** Every filter except the status, which may need the task's detail. */
export function taskMatchesButStatus(task: Task, query: ListTasksQuery): boolean {
  return (
    includes(query.action, task.action) &&
    includes(query.nativeId, task.nativeId) &&
    includesOrNone(query.resourceId, task.resource?.id ?? null) &&
    isWord(query.nativeStatus, task.nativeStatus) &&
    isWord(query.nativeAction, task.nativeAction) &&
    (query.imageName === undefined || task.resource?.name === query.imageName) &&
    (query.label ?? []).every((label) => hasLabel(task.labels, label)) &&
    createdWithin(task, query)
  );
}

/** True for a status that no provider reports, because it is the sweep that finds it. */
export function isOurStatus(status: string): boolean {
  return status === "vanished";
}

/** False if no task can match, so that nothing need be read. An ended task cannot stall. */
export function canMatch({ stalled, status }: ListTasksQuery): boolean {
  return stalled === undefined || status === undefined || !status.every(isTerminal);
}

export function statusMatches(task: Task, query: ListTasksQuery): boolean {
  return includes(query.status, task.status);
}

export function recordMatches({ task, stalledAtMs }: TaskRecord, query: ListTasksQuery): boolean {
  // An ended task cannot stall.
  if (query.stalled !== undefined && (stalledAtMs === null || isTerminal(task.status))) return false;
  return taskMatchesButStatus(task, query) && statusMatches(task, query);
}

function includes(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.includes(value);
}

function includesOrNone(wanted: readonly string[] | undefined, value: string | null): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value));
}

function isWord(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || isSameWord(wanted, value);
}

type CreationWindow = Pick<ListTasksQuery, "createdAfter" | "createdBefore">;

/** Some providers give creation times in whole minutes, so `createdAfter` includes all of its minute. */
export function creationWindow({ createdAfter, createdBefore }: ListTasksQuery): CreationWindow {
  return { createdAfter: createdAfter && startOfMinute(createdAfter), createdBefore };
}

function startOfMinute(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 60_000) * 60_000);
}

function createdWithin({ createdAt }: Task, query: ListTasksQuery): boolean {
  const { createdAfter, createdBefore } = creationWindow(query);
  if (createdAfter === undefined && createdBefore === undefined) return true;
  if (createdAt === null) return false;
  const createdMs = Date.parse(createdAt);
  return createdMs >= (createdAfter?.getTime() ?? -Infinity) && createdMs <= (createdBefore?.getTime() ?? Infinity);
}
