import { readHttpDate } from "./http-date.ts";

/** A `Date` has whole seconds, so smaller differences mean nothing. */
const smallestSkewMs = 2000;
/** No clock in use is weeks off: such a `Date` is wrong itself. */
const largestSkewMs = 7 * 24 * 60 * 60_000;

/** When one request was sent and its response received, by our clock, in epoch milliseconds. */
interface Exchange {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/**
 * The server's clock minus ours in milliseconds, by a response's `Date` header. 0 when the difference is smaller than
 * the error of the measurement. `null` when the header is missing, is no date, or says something implausible.
 */
export function measureSkewMs(date: string | undefined, { sentAtMs, receivedAtMs }: Exchange): number | null {
  const serverMs = readHttpDate(date);
  if (serverMs === null) return null;
  // The header omits the fraction of the second, which is half a second on average.
  const skewMs = Math.round(serverMs + 500 - (sentAtMs + receivedAtMs) / 2);
  if (Math.abs(skewMs) > largestSkewMs) return null;
  const errorMs = 500 + (receivedAtMs - sentAtMs) / 2;
  return Math.abs(skewMs) <= Math.max(smallestSkewMs, errorMs) ? 0 : skewMs;
}
