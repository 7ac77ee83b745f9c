import middy from "@middy/core";
import type { Log } from "./log.ts";
import { systemClock } from "./system-clock.ts";
import type { SweepRun, TargetReport } from "./sweep/world.ts";

/** Kept back before the function's time-out for what is under way, its record and its report. */
const reserveMs = 15_000;
/** Kept back for the report alone. */
const abortReserveMs = 3000;

/** Fails the invocation, so that the function's alarm rings. The report has been logged by then. */
export class SweepFailedError extends Error {
  override readonly name = "SweepFailedError";
}

/** The one stack of scheduled functions: a deadline, one report line for each target, and a loud failure. */
export function scheduled(
  log: Log,
  sweep: (run: SweepRun) => Promise<readonly TargetReport[]>,
): middy.MiddyfiedHandler<unknown, readonly TargetReport[]> {
  return middy<unknown, readonly TargetReport[]>({ timeoutEarlyInMillis: abortReserveMs }).handler(
    async (_event, context, { signal }) => {
      const leftMs = context.getRemainingTimeInMillis();
      const stopAtMs = systemClock.now() + Math.max(leftMs - reserveMs, leftMs / 2);
      const reports = await sweep({ signal, stopAtMs });
      for (const report of reports) log(report.problems.length > 0 ? "error" : "info", "target swept", { ...report });
      const failed = reports.filter(({ problems }) => problems.length > 0);
      if (failed.length === 0) return reports;
      const names = failed.map(({ target, problems }) => `${target} (${problems[0]?.message ?? "unknown"})`).join("; ");
      throw new SweepFailedError(`${failed.length} of ${reports.length} targets failed: ${names}`);
    },
  );
}
