import type { Task } from "./task.ts";

const minuteMs = 60_000;

/**
 * True when the cloud shows another task under a recorded task's id: the creation times differ both in the cloud's own
 * words and by more than a minute. Both are needed, because some clouds round times to the minute, and because changing
 * a connection's `timeZone` changes the parsed times only. A creation time that is missing proves nothing.
 */
export function isAnotherTask(known: CreationTime, seen: CreationTime): boolean {
  if (known.nativeTimes.createdAt === null || seen.nativeTimes.createdAt === null) return false;
  if (known.nativeTimes.createdAt === seen.nativeTimes.createdAt) return false;
  if (known.createdAt === null || seen.createdAt === null) return false;
  return Math.abs(Date.parse(known.createdAt) - Date.parse(seen.createdAt)) > minuteMs;
}

type CreationTime = Pick<Task, "createdAt" | "nativeTimes">;
