import type { PendingEvent } from "./record.ts";
import { clockToleranceMs } from "./stored-time.ts";

/** The longest wait before an event is sent again. */
const longestWaitMs = 3_600_000;

/** The delay doubles from one minute to one hour. */
export function postpone(entry: PendingEvent, reason: string, nowMs: number): PendingEvent {
  const waitMs = Math.min(60_000 * 2 ** entry.attempts, longestWaitMs);
  return { ...entry, attempts: entry.attempts + 1, nextAttemptAtMs: nowMs + waitMs, lastProblem: reason };
}

/** The latest time to which a correct clock postpones an event. Epoch milliseconds. */
export function latestAttemptMs(nowMs: number): number {
  return nowMs + longestWaitMs + clockToleranceMs;
}

/** True when the event is to be sent now. An event postponed by a wrong clock does not wait for that clock's time. */
export function isDue({ nextAttemptAtMs }: PendingEvent, nowMs: number): boolean {
  return nextAttemptAtMs <= nowMs || nextAttemptAtMs > latestAttemptMs(nowMs);
}
