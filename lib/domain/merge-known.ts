import type { Task } from "./task.ts";

/** A list row has fewer fields than the detail read earlier. Fields that it lacks keep their known values. */
export function mergeKnown(known: Task, seen: Task): Task {
  const { percent, succeeded, failed, total } = seen.progress;
  return {
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
  };
}

/** The time and the cloud's words for it stay together, since both are compared to tell one task from another. */
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

/** False when only the notation differs: a row and the detail of a task may write the same time in two ways. */
export function hasMoved(known: Task, seen: Task): boolean {
  return movementOf(known) !== movementOf(seen);
}

function movementOf({ status, nativeStatus, progress, operations }: Task): string {
  const { percent, succeeded, failed, total } = progress;
  const steps = operations.map((operation) => operation.nativeStatus);
  return JSON.stringify([status, nativeStatus, percent, succeeded, failed, total, steps]);
}
