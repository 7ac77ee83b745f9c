/**
 * A time of the provider as RFC 3339 UTC, or `null` when it is none or names no zone. Answers have minute resolution
 * (`2020-11-24T12:50Z`); seconds are read where they are given.
 */
export function utcTime(text: string | null): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d{1,9})?Z$/.exec(text?.trim() ?? "");
  if (match === null) return null;
  const [, minute = "", second = ":00", fraction = ""] = match;
  const epochMs = Date.parse(`${minute}${second}${fraction}Z`);
  if (Number.isNaN(epochMs)) return null;
  const utc = new Date(epochMs).toISOString();
  // The 31st of February reads as a day in March.
  return utc.startsWith(minute + second) ? utc : null;
}

/** The start of `time`'s minute, as the API wants it: with seconds, without milliseconds. */
export function floorToMinute(time: Date): string {
  return wireTime(Math.floor(time.getTime() / 60_000) * 60_000);
}

/** The start of the first minute not before `time`. */
export function ceilToMinute(time: Date): string {
  return wireTime(Math.ceil(time.getTime() / 60_000) * 60_000);
}

function wireTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
