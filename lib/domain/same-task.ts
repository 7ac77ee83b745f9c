import type { Task } from "./task.ts";

const minuteMs = 60_000;

/**
 * True if the cloud shows another task under a recorded task's id: the creation times differ both in the cloud's own
 * text and by more than a minute. Some clouds round times to the minute, so different text alone is not enough.
 * Changing a connection's `timeZone` changes only the parsed times, so these alone are not enough either. A missing
 * creation time proves nothing.
 */
export function isAnotherTask(known: CreationTime, seen: CreationTime): boolean {
  if (known.nativeTimes.createdAt === null || seen.nativeTimes.createdAt === null) return false;
  if (known.nativeTimes.createdAt === seen.nativeTimes.createdAt) return false;
  if (known.createdAt === null || seen.createdAt === null) return false;
  return Math.abs(Date.parse(known.createdAt) - Date.parse(seen.createdAt)) > minuteMs;
}

type CreationTime = Pick<Task, "createdAt" | "nativeTimes">;
