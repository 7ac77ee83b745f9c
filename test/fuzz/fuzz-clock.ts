import type { Clock } from "../../lib/domain/clock.ts";

export interface FuzzClock extends Clock {
  /** A wait of exactly this long is the deadline of a call and never ends by itself. */
  readonly deadlineMs: number;
}

/** Waiting takes no time, so that a million refused calls are done in minutes. */
export function createFuzzClock(): FuzzClock {
  const deadlineMs = 9_973;
  let nowMs = Date.UTC(2026, 10, 21, 12);
  return {
    deadlineMs,
    now: () => nowMs,
    sleep(ms, signal) {
      if (ms === deadlineMs) return untilAborted(signal);
      nowMs += ms;
      return Promise.resolve();
    },
  };
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
