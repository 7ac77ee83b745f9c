/** When to ask again. Many people may leave the page open all day. */

const usualMs = 5000;
const hiddenMs = 60_000;
/** Each page of a list costs the service a read, so a walk through many is followed by a longer pause. */
const perPageMs = 1000;
const longestMs = 120_000;

export interface Round {
  /** Pages of lists that the round has read. */
  readonly pages: number;
  /** Rounds that have failed in succession; 0 after a good one. */
  readonly failures: number;
  readonly retryAfterMs: number | null;
  /** True while nobody can see the page. */
  readonly hidden: boolean;
}

/** @param random from 0 to 1; spreads readers who have lost the API at the same time */
export function pauseMs({ pages, failures, retryAfterMs, hidden }: Round, random: number): number {
  const visibleMs = Math.max(usualMs, pages * perPageMs);
  const failedMs = failures === 0 ? 0 : Math.min(longestMs, usualMs * 2 ** (failures - 1)) * (1 + random / 4);
  return Math.max(visibleMs, failedMs, retryAfterMs ?? 0, hidden ? hiddenMs : 0);
}
