import { ProviderError } from "../../../domain/errors.ts";

/**
 * An ECS time as RFC 3339 UTC, or `null` if it is malformed or has no zone. Responses have minute resolution
 * (`2020-11-24T12:50Z`), so a task may end in the minute in which it began.
 */
export function rfc3339OfEcs(text: string | null): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(\.\d{1,9})?)?Z$/.exec(text?.trim() ?? "");
  if (match === null) return null;
  const [, minute = "", second = "00", fraction = ""] = match;
  const time = new Date(`${minute}:${second}${fraction}Z`);
  if (Number.isNaN(time.getTime())) return null;
  const utc = time.toISOString();
  // `Date` turns February 31 into March 2. Reject days that do not exist.
  return utc.startsWith(`${minute}:${second}`) ? utc : null;
}

/** The start of the minute in the format of a request: with seconds, without milliseconds. Throws `bad-request`. */
export function floorToMinute(time: Date): string {
  return ecsSecond(Math.floor(time.getTime() / 60_000) * 60_000);
}

/**
 * The end of the minute. A response shows a task as created at the start of its minute, so a filter that ends within
 * the minute would omit tasks that the response shows as created before that. Throws `bad-request`.
 */
export function endOfMinute(time: Date): string {
  return ecsSecond((Math.floor(time.getTime() / 60_000) + 1) * 60_000);
}

function ecsSecond(epochMs: number): string {
  if (Number.isNaN(epochMs)) throw new ProviderError("bad-request", "a time of creation is no time");
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
