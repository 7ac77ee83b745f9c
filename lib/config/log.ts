/** Writes one JSON line per message to the console. The only file that uses the console. Callers never pass secrets. */

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export type Log = (level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>) => void;

/** A line with CloudWatch metrics (`_aws`) is written at every level, because alarms need it. */
export function createLog(least: LogLevel, now: () => number): Log {
  return (level, message, facts = {}) => {
    const isWanted = logLevels.indexOf(level) >= logLevels.indexOf(least);
    if (!isWanted && facts["_aws"] === undefined) return;
    const line = JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...facts });
    console[level](line);
  };
}
