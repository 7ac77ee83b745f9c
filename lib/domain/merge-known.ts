import { boundTask } from "./bound-task.ts";
import type { Task } from "./task.ts";

/** A list row has fewer fields than a detail read earlier. Missing fields keep their known values. */
export function mergeKnown(known: Task, seen: Task): Task {
  const { percent, succeeded, failed, total } = seen.progress;
  return boundTask({
    ...seen,
    progress: {
      percent: percent ?? known.progress.percent,
      succeeded: succeeded ?? known.progress.succeeded,
      failed: failed ?? known.progress.failed,
      total: total ?? known.progress.total,
    },
    resource: mergeResource(known, seen),
    operations: seen.operations.length > 0 ? seen.operations : known.operations,
    cancelable: seen.cancelable ?? known.cancelable,
    ...mergeCreation(known, seen),
    labels: known.labels,
    truncated: [...seen.truncated, ...known.truncated.filter((member) => isKept(member, seen))],
  });
}

/** True if the member was cut and the row lacks it, so the known value is shown. */
function isKept(member: string, { operations, resource, nativeTimes }: Task): boolean {
  if (member === "nativeTimes.createdAt") return nativeTimes.createdAt === null;
  if (member === "resource.id") return !resource?.id;
  if (member === "resource.name") return !resource?.name;
  return member.startsWith("operations") && operations.length === 0;
}

/** The creation time and the cloud's own text for it stay together, because both are used to tell tasks apart. */
function mergeCreation(known: Task, seen: Task): Pick<Task, "createdAt" | "nativeTimes"> {
  const told = seen.createdAt !== null && seen.nativeTimes.createdAt !== null;
  if (told || known.createdAt === null) return { createdAt: seen.createdAt, nativeTimes: seen.nativeTimes };
  const zoneAssumed = known.nativeTimes.zoneAssumed || seen.nativeTimes.zoneAssumed;
  const nativeTimes = { ...seen.nativeTimes, createdAt: known.nativeTimes.createdAt, zoneAssumed };
  return { createdAt: known.createdAt, nativeTimes };
}

function mergeResource(known: Task, seen: Task): Task["resource"] {
  if (seen.resource === null) return known.resource;
  return {
    type: seen.resource.type,
    id: seen.resource.id ?? known.resource?.id ?? null,
    name: seen.resource.name ?? known.resource?.name ?? null,
  };
}

/** False if only the notation differs: a task's row and detail may write the same time differently. */
export function hasMoved(known: Task, seen: Task): boolean {
  return movementOf(known) !== movementOf(seen);
}

function movementOf({ status, nativeStatus, progress, operations }: Task): string {
  const { percent, succeeded, failed, total } = progress;
  const steps = operations.map((operation) => operation.nativeStatus);
  return JSON.stringify([status, nativeStatus, percent, succeeded, failed, total, steps]);
}
