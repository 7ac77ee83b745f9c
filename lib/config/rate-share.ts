import type { Clock } from "../domain/clock.ts";
import type { CallerOptions } from "../transport/call.ts";
import { createRateBudget } from "../transport/rate-budget.ts";
import type { RateStore } from "../transport/rate-budget.ts";
import type { TokenBucketRate } from "../transport/token-bucket.ts";

/** A connection's rate is divided, so that HTTP requests can never block the sweep. */
export type RateShare = "sweep" | "http";

const httpPart = 0.3;

/**
 * A sweep makes many calls and usually has no competitors. Callers of the HTTP API wait for each other's reservations.
 */
const reservedAheadMs = { sweep: 5000, http: 1000 };

/** The shares add up to the whole rate. Each has a burst of at least one call, even if the whole rate has no more. */
export function rateOfShare(share: RateShare, { perSecond, burst }: TokenBucketRate): TokenBucketRate {
  const httpBurst = Math.ceil(burst * httpPart);
  if (share === "http") return { perSecond: perSecond * httpPart, burst: httpBurst };
  return { perSecond: perSecond * (1 - httpPart), burst: Math.max(1, burst - httpBurst) };
}

interface ShareOptions {
  readonly connection: string;
  readonly rate: TokenBucketRate;
  readonly store: RateStore;
  readonly clock: Clock;
}

/** The limits of one process: its token bucket, and the budget that it shares with all processes of the same share. */
export function limitsOfShare(
  share: RateShare,
  { connection, rate: whole, store, clock }: ShareOptions,
): Required<Pick<CallerOptions, "rate" | "budget">> {
  const rate = rateOfShare(share, whole);
  const name = `${connection}#${share}`;
  const reserved = { reservedAheadMs: reservedAheadMs[share] };
  return { rate, budget: createRateBudget({ store, clock, name, rate, ...reserved }) };
}
