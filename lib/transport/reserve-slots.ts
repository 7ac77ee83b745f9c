import type { TokenBucketRate } from "./token-bucket.ts";

/** Calls further ahead cannot be reserved, so an abandoned queue ends soon. */
export const longestQueueMs = 30_000;
/** A reservation beyond the longest queue comes from a wrong clock and would stop all calls. */
const absurdMs = longestQueueMs + 60_000;

export interface SlotRequest {
  /** The current theoretical arrival time. `undefined` if nothing was ever reserved. */
  readonly tatMs: number | undefined;
  readonly count: number;
  readonly nowMs: number;
}

/** When a reserved call may be made: from `earliestMs` to `latestMs` (epoch ms). */
export interface Slot {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** The reserved calls in ascending order and the next `tatMs`, or how long to wait before the next attempt. */
export type SlotAnswer = { readonly slots: readonly Slot[]; readonly tatMs: number } | { readonly waitMs: number };

/**
 * Reserves calls by the generic cell rate algorithm. In any second, there are at most `burst` + `perSecond` reserved
 * calls in total, plus one because a call may be late by the interval between two calls.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export function reserveSlots({ tatMs, count, nowMs }: SlotRequest, { perSecond, burst }: TokenBucketRate): SlotAnswer {
  const spacingMs = 1000 / perSecond;
  const toleranceMs = (burst - 1) * spacingMs;
  const queueMs = (tatMs ?? nowMs) - toleranceMs - nowMs;
  if (queueMs > longestQueueMs && queueMs <= absurdMs) return { waitMs: queueMs - longestQueueMs };
  const firstMs = queueMs > absurdMs ? nowMs : Math.max(tatMs ?? nowMs, nowMs);
  const slots = Array.from({ length: count }, (_, n) => {
    const dueMs = firstMs + n * spacingMs;
    return { earliestMs: Math.max(nowMs, dueMs - toleranceMs), latestMs: dueMs + spacingMs };
  });
  return { slots, tatMs: firstMs + count * spacingMs };
}
