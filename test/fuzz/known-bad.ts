import { isPlainObject } from "./observation.ts";
import type { Property } from "./properties.ts";
import { normalizerSubjects, trueNormalizers } from "./subjects.ts";
import type { Normalizers } from "./subjects.ts";

/** Adapters that are wrong on purpose. A fuzzer that does not find each of them proves nothing. */
export interface KnownBad {
  readonly name: string;
  readonly foundAs: Property;
  readonly normalizers: Normalizers;
}

export const knownBad: readonly KnownBad[] = [
  {
    name: "unknown-is-done",
    foundAs: "no-false-ending",
    normalizers: { ...trueNormalizers, readImageTask: unknownIsDone },
  },
  {
    name: "finished-is-success",
    foundAs: "no-false-ending",
    normalizers: { ...trueNormalizers, normalizeTaskAttribute: finishedIsSuccess },
  },
  { name: "crash-on-null", foundAs: "no-crash", normalizers: { ...trueNormalizers, normalizeTaskList: crashOnNull } },
  { name: "drops-odd-rows", foundAs: "rows-kept", normalizers: { ...trueNormalizers, normalizePage: dropsOddRows } },
  { name: "says-too-much", foundAs: "no-secret", normalizers: { ...trueNormalizers, normalizeTaskList: saysTooMuch } },
];

export function subjectsOf({ normalizers }: KnownBad) {
  return normalizerSubjects(normalizers);
}

/** A state that nobody has heard of will surely mean that it has ended. */
function unknownIsDone(
  ...[row, context]: Parameters<Normalizers["readImageTask"]>
): ReturnType<Normalizers["readImageTask"]> {
  const reading = trueNormalizers.readImageTask(row, context);
  if (!("task" in reading) || reading.task.status !== "unknown") return reading;
  return { task: { ...reading.task, status: "succeeded" } };
}

/** Finished is Finished: no need to look at what failed. */
function finishedIsSuccess(...[payload, context]: Parameters<Normalizers["normalizeTaskAttribute"]>) {
  const task = trueNormalizers.normalizeTaskAttribute(payload, context);
  if (task.nativeStatus !== "Finished") return task;
  return { ...task, status: "succeeded", partial: false, error: null } as const;
}

/** Every row is an object: the page says so. */
function crashOnNull(...[payload, context]: Parameters<Normalizers["normalizeTaskList"]>) {
  const set = isPlainObject(payload) ? payload["TaskSet"] : undefined;
  const rows: unknown = isPlainObject(set) ? set["Task"] : undefined;
  if (Array.isArray(rows)) rows.map((row: { TaskId?: unknown }) => row.TaskId);
  return trueNormalizers.normalizeTaskList(payload, context);
}

/** What cannot be read is of no use to anybody. */
function dropsOddRows(...[opened, context]: Parameters<Normalizers["normalizePage"]>) {
  return { ...trueNormalizers.normalizePage(opened, context), unreadable: [] };
}

/** An error is the more helpful the more it tells. */
function saysTooMuch(...[payload, context]: Parameters<Normalizers["normalizeTaskList"]>) {
  const list = trueNormalizers.normalizeTaskList(payload, context);
  const reason = JSON.stringify(payload).slice(0, 900);
  return { ...list, unreadable: list.unreadable.map((row) => ({ ...row, reason })) };
}
