const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of `90s`, `30m`, `4h`, `2d`, or plain seconds. `undefined` if the text is none of these. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount = "", unit = "s"] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const ms = unitMs[unit];
  return amount === "" || ms === undefined ? undefined : Number(amount) * ms;
}

/** The age of something, as `42s`, `12m`, `3h05m`, or `2d04h`. Some clouds tell whole minutes only: there, 0 is `<1m`. */
export function printAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  const two = (amount: number | undefined, of: number) => String((amount ?? 0) % of).padStart(2, "0");
  if (days) return `${days}d${two(hours, 24)}h`;
  if (hours) return `${hours}h${two(minutes, 60)}m`;
  if (minutes) return `${minutes}m`;
  return seconds === 0 ? "<1m" : `${seconds}s`;
}
