import type { Clock } from "../domain/clock.ts";
import { abortable } from "./abortable.ts";

export interface TokenBucketRate {
  readonly perSecond: number;
  /** How many tokens may be taken at once after a rest. */
  readonly burst: number;
}

export interface TokenBucket {
  /** Resolves when a token is ours, first come first served. An aborted wait takes no token. */
  take(signal: AbortSignal): Promise<void>;
}

/**
 * A bucket that starts full.
 *
 * @throws {RangeError} when `perSecond` is not positive or `burst` is below 1
 */
export function createTokenBucket(clock: Clock, { perSecond, burst }: TokenBucketRate): TokenBucket {
  if (!(perSecond > 0)) throw new RangeError(`perSecond must be positive, not ${perSecond}`);
  if (!(burst >= 1)) throw new RangeError(`burst must be at least 1, not ${burst}`);
  let tokens = burst;
  let filledAtMs = clock.now();
  let lastInLine: Promise<void> = Promise.resolve();

  function missing(): number {
    const nowMs = clock.now();
    // A clock that was set back must not drain the bucket.
    const elapsedMs = Math.max(0, nowMs - filledAtMs);
    tokens = Math.min(burst, tokens + (elapsedMs * perSecond) / 1000);
    filledAtMs = nowMs;
    return Math.max(0, 1 - tokens);
  }

  return {
    async take(signal) {
      const before = lastInLine;
      const { promise: after, resolve: letNextGo } = Promise.withResolvers<void>();
      lastInLine = after;
      try {
        await abortable(before, signal);
        for (let short = missing(); short > 0; short = missing()) {
          await clock.sleep(Math.ceil((short * 1000) / perSecond), signal);
        }
        tokens -= 1;
      } finally {
        // Who gives up in the middle of the line leaves the line as it was.
        void before.then(letNextGo);
      }
    },
  };
}
