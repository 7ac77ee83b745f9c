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
    sameWord(query.nativeStatus, task.nativeStatus) &&
    sameWord(query.nativeAction, task.nativeAction) &&
    (query.imageName === undefined || task.resource?.name === query.imageName) &&
    createdWithin(task, query)
  );
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

function sameWord(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || wanted.toLowerCase() === value.toLowerCase();
}

/** Some providers give creation times in whole minutes, so `createdAfter` includes all of its minute. */
function createdWithin({ createdAt }: Task, { createdAfter, createdBefore }: ListTasksQuery): boolean {
  if (createdAfter === undefined && createdBefore === undefined) return true;
  if (createdAt === null) return false;
  const createdMs = Date.parse(createdAt);
  const afterMs = createdAfter === undefined ? -Infinity : Math.floor(createdAfter.getTime() / 60_000) * 60_000;
  return createdMs >= afterMs && createdMs <= (createdBefore?.getTime() ?? Infinity);
}
