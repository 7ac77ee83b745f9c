import type { SandboxClock } from "./options.ts";

/** A clock that stands still until it is told to go on. */
export function createTestClock(startMs: number): SandboxClock & { advance(ms: number): void } {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}
