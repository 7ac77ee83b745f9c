/**
 * The time of ECS as RFC 3339, or `null` when it is none. Answers have minute resolution (`2020-11-24T12:50Z`), so a
 * task may end in the minute it began.
 */
export function rfc3339OfEcs(text: string | null): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(\.\d{1,9})?)?Z$/.exec(text?.trim() ?? "");
  if (match === null) return null;
  const [, minute = "", second = "00", fraction = ""] = match;
  const time = new Date(`${minute}:${second}${fraction}Z`);
  // Date turns February 31 into March 2; a time that is not what was written is no time.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(`${minute}:${second}`)
    ? time.toISOString()
    : null;
}

/** The start of the minute, as a request wants it: seconds, but never milliseconds. */
export function floorToMinute(time: Date): string {
  return ecsSecond(Math.floor(time.getTime() / 60_000) * 60_000);
}

/** The first whole second not before `time`. */
export function ceilToSecond(time: Date): string {
  return ecsSecond(Math.ceil(time.getTime() / 1_000) * 1_000);
}

function ecsSecond(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
