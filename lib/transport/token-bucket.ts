import type { Clock } from "../domain/clock.ts";
import { abortable } from "./abortable.ts";

export interface TokenBucketRate {
  readonly perSecond: number;
  /** How many tokens a full bucket holds. */
  readonly burst: number;
}

export interface TokenBucket {
  /** Resolves when the caller has a token, in order of arrival. An aborted wait takes no token. */
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

  function shortfall(): number {
    const nowMs = clock.now();
    // A clock that is set back must not drain the bucket.
    const elapsedMs = Math.max(0, nowMs - filledAtMs);
    tokens = Math.min(burst, tokens + (elapsedMs * perSecond) / 1000);
    filledAtMs = nowMs;
    return Math.max(0, 1 - tokens);
  }

  return {
    async take(signal) {
      const before = lastInLine;
      let letNextGo = () => {};
      lastInLine = new Promise((resolve) => {
        letNextGo = resolve;
      });
      try {
        await abortable(before, signal);
        for (let lacking = shortfall(); lacking > 0; lacking = shortfall()) {
          await clock.sleep(Math.ceil((lacking * 1000) / perSecond), signal);
        }
        tokens -= 1;
      } finally {
        // An aborted wait must not let later callers overtake earlier ones.
        void before.then(letNextGo);
      }
    },
  };
}
