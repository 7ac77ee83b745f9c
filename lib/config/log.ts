/** Writes one JSON line per message to the console. The only file that uses the console. Callers never pass secrets. */

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export type Log = (level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>) => void;

export function createLog(least: LogLevel, now: () => number): Log {
  return (level, message, facts = {}) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return;
    const line = JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...facts });
    console[level](line);
  };
}
