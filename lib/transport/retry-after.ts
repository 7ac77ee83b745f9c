import type { WireResponse } from "./call.ts";
import { readHttpDate } from "./http-date.ts";

/** A longer wait serves no task, so a request for one is a mistake. */
const longestWaitMs = 24 * 60 * 60 * 1_000;

/**
 * How long a response asks to wait, in milliseconds. `null` if it does not say, is malformed, or asks for more than a
 * day. Alibaba's `x-acs-retry-after` is in milliseconds. `Retry-After` is in seconds or a date. A date is relative to
 * the response's own `Date`, or else to `nowMs`; without either, a date is ignored.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function readRetryAfter(headers: WireResponse["headers"], nowMs: number | null): number | null {
  const ownMs = wholeNumber(headers["x-acs-retry-after"]);
  if (ownMs !== null && ownMs > 0 && ownMs <= longestWaitMs) return ownMs;
  const standard = headers["retry-after"];
  const seconds = wholeNumber(standard);
  const waitMs = seconds === null ? waitUntil(standard, readHttpDate(headers["date"]) ?? nowMs) : seconds * 1_000;
  return waitMs !== null && waitMs <= longestWaitMs ? waitMs : null;
}

function wholeNumber(value: string | undefined): number | null {
  const digits = value?.trim() ?? "";
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null;
}

function waitUntil(date: string | undefined, nowMs: number | null): number | null {
  const atMs = readHttpDate(date);
  return atMs === null || nowMs === null ? null : Math.max(0, atMs - nowMs);
}
