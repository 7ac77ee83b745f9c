import type { PendingEvent } from "./record.ts";
import { clockToleranceMs } from "./stored-time.ts";

/** The longest wait before an event is sent again. */
const longestWaitMs = 3_600_000;

/** The delay doubles from one minute to one hour. */
export function postpone(entry: PendingEvent, reason: string, nowMs: number): PendingEvent {
  const waitMs = Math.min(60_000 * 2 ** entry.attempts, longestWaitMs);
  return { ...entry, attempts: entry.attempts + 1, nextAttemptAtMs: nowMs + waitMs, lastProblem: reason };
}

/** The latest time to which a correct clock postpones an event, in epoch milliseconds. */
export function latestAttemptMs(nowMs: number): number {
  return nowMs + longestWaitMs + clockToleranceMs;
}

/** True if the event should be sent now. If a wrong clock postponed it too far, the event is due immediately. */
export function isDue({ nextAttemptAtMs }: PendingEvent, nowMs: number): boolean {
  return nextAttemptAtMs <= nowMs || nextAttemptAtMs > latestAttemptMs(nowMs);
}
