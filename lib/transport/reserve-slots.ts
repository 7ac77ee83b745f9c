import type { TokenBucketRate } from "./token-bucket.ts";

/** Nobody reserves calls that lie further ahead, so that an abandoned queue ends soon. */
export const longestQueueMs = 30_000;
/** A reservation further ahead than any queue comes from a wrong clock and would stop all calls. */
const absurdMs = longestQueueMs + 60_000;

export interface SlotRequest {
  /** The theoretical arrival time so far; `undefined` when nothing was ever reserved. */
  readonly tatMs: number | undefined;
  readonly count: number;
  readonly nowMs: number;
}

/** The times of the reserved calls (epoch ms, ascending) and the next `tatMs`, or how long to wait before asking again. */
export type SlotAnswer = { readonly slots: readonly number[]; readonly tatMs: number } | { readonly waitMs: number };

/**
 * Reserves calls by the generic cell rate algorithm: of all reserved calls together, any second has at most `burst` +
 * `perSecond`.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export function reserveSlots({ tatMs, count, nowMs }: SlotRequest, { perSecond, burst }: TokenBucketRate): SlotAnswer {
  const spacingMs = 1000 / perSecond;
  const toleranceMs = (burst - 1) * spacingMs;
  const queueMs = (tatMs ?? nowMs) - toleranceMs - nowMs;
  if (queueMs > longestQueueMs && queueMs <= absurdMs) return { waitMs: queueMs - longestQueueMs };
  const firstMs = queueMs > absurdMs ? nowMs : Math.max(tatMs ?? nowMs, nowMs);
  const slots = Array.from({ length: count }, (_, n) => Math.max(nowMs, firstMs + n * spacingMs - toleranceMs));
  return { slots, tatMs: firstMs + count * spacingMs };
}
