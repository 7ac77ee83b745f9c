import type { SandboxClock } from "./options.ts";

/** A clock that moves only when told to. */
export function createTestClock(startMs: number): SandboxClock & { advance(ms: number): void } {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}
