import type { ExpectedEnd, UsualDuration } from "./usual-duration.ts";

/** Times and durations in words. The clock's zone is the reader's. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Such as `40 s`, `12 min`, `1 h 05 min`, or `3 d 4 h`. */
export function durationWords(ms: number): string {
  // Some clouds tell whole minutes only, so 0 may be anything below one.
  if (ms < 1000) return "under 1 min";
  if (ms < minuteMs) return `${Math.floor(ms / 1000)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < dayMs) {
    const minutes = Math.floor((ms % hourMs) / minuteMs);
    return `${Math.floor(ms / hourMs)} h ${String(minutes).padStart(2, "0")} min`;
  }
  return `${Math.floor(ms / dayMs)} d ${Math.floor((ms % dayMs) / hourMs)} h`;
}

/** Such as `12–18 min`. The ends are rounded outward, so that the range never says more than the history does. */
export function rangeWords({ lowMs, highMs }: Pick<UsualDuration, "lowMs" | "highMs">): string {
  const [unitMs, unit] = highMs < 2 * minuteMs ? [1000, "s"] : highMs < 3 * hourMs ? [minuteMs, "min"] : [hourMs, "h"];
  const [low, high] = [Math.floor(lowMs / unitMs), Math.ceil(highMs / unitMs)];
  return low === high ? `${low} ${unit}` : `${low}–${high} ${unit}`;
}

export interface ZonedClock {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** IANA name; the system's zone if absent. */
  readonly timeZone?: string;
}

/** `14:05` on the same day, otherwise `Nov 27, 14:05`. */
export function momentWords(atMs: number, clock: ZonedClock): string {
  const time = format(atMs, clock, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return isSameDay(atMs, clock) ? time : `${format(atMs, clock, { month: "short", day: "numeric" })}, ${time}`;
}

/** Such as `Nov 27, 2026, 14:05:33`. */
export function fullMomentWords(atMs: number, clock: ZonedClock): string {
  const day = format(atMs, clock, { month: "short", day: "numeric", year: "numeric" });
  return `${day}, ${format(atMs, clock, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" })}`;
}

/** `14:05–14:11`, `by 14:11` once the earlier end has passed, and `longer than usual` once both have. */
export function expectedEndWords({ fromMs, toMs }: ExpectedEnd, clock: ZonedClock): string {
  if (clock.nowMs > toMs) return "longer than usual";
  const to = momentWords(toMs, clock);
  const from = momentWords(fromMs, clock);
  return clock.nowMs > fromMs || from === to ? `by ${to}` : `${from}–${to}`;
}

/** Such as `5 min ago`, or `just now`. */
export function agoWords(atMs: number, { nowMs }: ZonedClock): string {
  const ageMs = nowMs - atMs;
  return ageMs < 2000 ? "just now" : `${durationWords(ageMs)} ago`;
}

/** `1 task`, `2 tasks`. */
export function countWords(count: number, one: string, many = `${one}s`): string {
  return `${numberWords(count)} ${count === 1 ? one : many}`;
}

/** With separators: `10,000`. */
export function numberWords(value: number): string {
  return value.toLocaleString("en-US");
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs much more than using it. */
function format(atMs: number, { timeZone }: ZonedClock, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([timeZone, options]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat("en-US", { timeZone, ...options });
  formats.set(key, known);
  return known.format(atMs);
}

function isSameDay(atMs: number, clock: ZonedClock): boolean {
  const day = { year: "numeric", month: "numeric", day: "numeric" } as const;
  return format(atMs, clock, day) === format(clock.nowMs, clock, day);
}
