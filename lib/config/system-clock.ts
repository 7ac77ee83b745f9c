import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { RandomSource, Clock } from "../domain/clock.ts";

/** The machine's own time. */
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

/** The machine's own randomness. */
export const systemRandom: RandomSource = { next: () => Math.random(), nonce: () => randomUUID() };
