import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { RandomSource, Clock } from "../domain/clock.ts";

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};

/** The system's random numbers. */
export const systemRandom: RandomSource = { next: () => Math.random(), nonce: () => randomUUID() };
