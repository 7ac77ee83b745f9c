/**
 * Times of an API that writes them without a zone: `2020-06-16 15:43:30`.
 * @see https://cloud.tencent.com/document/product/1442/78490
 */

export interface ReadTime {
  /** RFC 3339 UTC; `null` when there is no time or it is none. */
  readonly at: string | null;
  /** True when the text named no zone and the assumed one was used. */
  readonly zoneAssumed: boolean;
}

/** Both ends belong to it. */
export interface TimeWindow {
  readonly after: Date | undefined;
  readonly before: Date | undefined;
}

const form = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;
const offsetForm = /^([+-])(\d{2}):([0-5]\d)$/;
const minuteMs = 60_000;
// The clocks of the world stand between these two.
const westernmostMinutes = -12 * 60;
const easternmostMinutes = 14 * 60;

/** Minutes east of UTC of a zone such as `+08:00`. Throws `RangeError` for anything else. */
export function zoneMinutes(zone: string): number {
  const minutes = readOffset(zone);
  if (minutes === undefined) {
    throw new RangeError(`timeZone must be an offset from -12:00 to +14:00, for example +08:00, not "${zone}"`);
  }
  return minutes;
}

/** Reads a time, as the clock of `assumedZoneMinutes` (minutes east of UTC) where it names no zone. */
export function readTime(raw: string | null, assumedZoneMinutes: number): ReadTime {
  const clock = raw === null ? undefined : readClock(raw);
  if (clock === undefined) return { at: null, zoneAssumed: false };
  const atMs = clock.asUtcMs - (clock.zoneMinutes ?? assumedZoneMinutes) * minuteMs;
  const at = new Date(atMs).toISOString();
  // RFC 3339 has years of four digits only: the first day of year 0 in the east is a day before it.
  if (!/^\d{4}-/.test(at)) return { at: null, zoneAssumed: false };
  return { at, zoneAssumed: clock.zoneMinutes === undefined };
}

/**
 * False only when a time lies outside the window in every zone there is: a wrong guess of the zone must never hide a
 * task. A time that cannot be read may lie anywhere.
 */
export function mayLieWithin(raw: string | null, window: TimeWindow): boolean {
  const clock = raw === null ? undefined : readClock(raw);
  if (clock === undefined) return true;
  const earliestMs = clock.asUtcMs - (clock.zoneMinutes ?? easternmostMinutes) * minuteMs;
  const latestMs = clock.asUtcMs - (clock.zoneMinutes ?? westernmostMinutes) * minuteMs;
  if (window.after !== undefined && latestMs < window.after.getTime()) return false;
  return window.before === undefined || earliestMs <= window.before.getTime();
}

/** What the hands of the clock show, as if it hung in UTC. `undefined` for `0000-00-00 00:00:00` and other non-times. */
function readClock(raw: string): { asUtcMs: number; zoneMinutes: number | undefined } | undefined {
  const [, date, time, zone] = form.exec(raw.trim()) ?? [];
  // A text of another form has neither date nor time, and is no number here.
  const asUtcMs = Date.parse(`${date}T${time}Z`);
  // Day 31 of a month of 30 would roll over into the next month.
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
