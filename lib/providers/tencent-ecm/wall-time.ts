/**
 * Times of an API that writes them without a zone: `2020-06-16 15:43:30`.
 * @see https://cloud.tencent.com/document/product/1442/78490
 */

export interface ReadTime {
  /** RFC 3339 UTC, or `null` if the time is missing or malformed. */
  readonly at: string | null;
  /** True if the text had no zone and the assumed one was used. */
  readonly zoneAssumed: boolean;
}

/** A time window, including both ends. */
export interface TimeWindow {
  readonly after: Date | undefined;
  readonly before: Date | undefined;
}

const form = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;
const offsetForm = /^([+-])(\d{2}):([0-5]\d)$/;
const minuteMs = 60_000;
// Every time zone on Earth lies between these two offsets.
const westernmostMinutes = -12 * 60;
const easternmostMinutes = 14 * 60;

/** Parses a zone such as `+08:00` into minutes east of UTC. Throws `RangeError` for anything else. */
export function zoneMinutes(zone: string): number {
  const minutes = readOffset(zone);
  if (minutes === undefined) {
    throw new RangeError(`timeZone must be an offset from -12:00 to +14:00, for example +08:00, not "${zone}"`);
  }
  return minutes;
}

/** Reads a time. Without a zone, `assumedZoneMinutes` (minutes east of UTC) applies. */
export function readTime(raw: string | null, assumedZoneMinutes: number): ReadTime {
  const clock = raw === null ? undefined : readClock(raw);
  if (clock === undefined) return { at: null, zoneAssumed: false };
  const atMs = clock.asUtcMs - (clock.zoneMinutes ?? assumedZoneMinutes) * minuteMs;
  const at = new Date(atMs).toISOString();
  // RFC 3339 years have four digits. The first day of year 0 in an eastern zone falls before year 0 in UTC.
  if (!/^\d{4}-/.test(at)) return { at: null, zoneAssumed: false };
  return { at, zoneAssumed: clock.zoneMinutes === undefined };
}

/**
 * False only if the time lies outside the window in every time zone: a wrong guess of the zone must never hide a task.
 * An unreadable time may lie anywhere.
 */
export function mayLieWithin(raw: string | null, window: TimeWindow): boolean {
  const clock = raw === null ? undefined : readClock(raw);
  if (clock === undefined) return true;
  const earliestMs = clock.asUtcMs - (clock.zoneMinutes ?? easternmostMinutes) * minuteMs;
  const latestMs = clock.asUtcMs - (clock.zoneMinutes ?? westernmostMinutes) * minuteMs;
  if (window.after !== undefined && latestMs < window.after.getTime()) return false;
  return window.before === undefined || earliestMs <= window.before.getTime();
}

/** The date and time as written, read as UTC. `undefined` for `0000-00-00 00:00:00` and other malformed times. */
function readClock(raw: string): { asUtcMs: number; zoneMinutes: number | undefined } | undefined {
  const [, date, time, zone] = form.exec(raw.trim()) ?? [];
  // A malformed text has no date and time, so this is NaN.
  const asUtcMs = Date.parse(`${date}T${time}Z`);
  // Reject day 31 of a 30-day month, which would roll over into the next month.
  if (Number.isNaN(asUtcMs) || !new Date(asUtcMs).toISOString().startsWith(`${date}T${time}`)) return undefined;
  if (zone === undefined) return { asUtcMs, zoneMinutes: undefined };
  const minutes = zone === "Z" ? 0 : readOffset(zone);
  return minutes === undefined ? undefined : { asUtcMs, zoneMinutes: minutes };
}

function readOffset(zone: string): number | undefined {
  const [, sign, hours, minutes] = offsetForm.exec(zone) ?? [];
  const distance = Number(hours) * 60 + Number(minutes);
  const total = sign === "-" ? -distance : distance;
  return total >= westernmostMinutes && total <= easternmostMinutes ? total : undefined;
}
