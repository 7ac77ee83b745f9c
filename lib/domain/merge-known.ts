import { boundTask } from "./bound-task.ts";
import type { Task } from "./task.ts";

/** A list row has fewer fields than the detail read earlier. Fields that it lacks keep their known values. */
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
    createdAt: seen.createdAt ?? known.createdAt,
    labels: known.labels,
    truncated: [...seen.truncated, ...known.truncated.filter((member) => isKept(member, seen))],
  });
}

/** True for a cut member that the row lacks, so that the known one is shown. */
function isKept(member: string, { operations, resource }: Task): boolean {
  if (member === "resource.id") return !resource?.id;
  if (member === "resource.name") return !resource?.name;
  return member.startsWith("operations") && operations.length === 0;
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
