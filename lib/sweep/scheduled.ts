import type { Context } from "aws-lambda";
import type { Log } from "../config/log.ts";
import { systemClock } from "../config/system-clock.ts";
import type { SweepRun, TargetReport } from "./target-sweep.ts";

/** Kept back before the function's time-out for what is under way, its record and its report. */
const reserveMs = 15_000;
/** Kept back for the report alone. */
const abortReserveMs = 3000;
/** A log line has at most 256 KB: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const loggedProblems = 50;

/** Signatures of some clouds fail at five minutes, so there is time to act. */
const skewWorthAWarningSeconds = 60;

/** Fails the invocation, so that the function's alarm rings. The report has been logged by then. */
class SweepFailedError extends Error {
  override readonly name = "SweepFailedError";
}

/** The one stack of scheduled functions: a deadline, one report line for each target, and a loud failure. */
export function scheduled(
  log: Log,
  sweep: (run: SweepRun) => Promise<readonly TargetReport[]>,
): (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">) => Promise<readonly TargetReport[]> {
  return async (_event, context) => {
    const leftMs = context.getRemainingTimeInMillis();
    const stopAtMs = systemClock.now() + Math.max(leftMs - reserveMs, leftMs / 2);
    const signal = AbortSignal.timeout(Math.floor(Math.max(leftMs - abortReserveMs, leftMs / 2)));
    const reports = await sweep({ signal, stopAtMs });
    for (const report of reports) logReport(log, report);
    const failed = reports.filter(hasFailed);
    if (failed.length === 0) return reports;
    const names = failed.map(({ target, problems }) => `${target} (${problems[0]?.message ?? "unknown"})`).join("; ");
    throw new SweepFailedError(`${failed.length} of ${reports.length} targets failed: ${names}`);
  };
}

/**
 * A target that is no longer configured is not a failure. It stays so until a person acts, and its own alarm says so.
 * If it failed every sweep, nobody would notice when a cloud goes down meanwhile.
 */
function hasFailed({ problems }: TargetReport): boolean {
  return problems.some(({ kind }) => kind !== "unconfigured");
}

/** Numbers of the report that CloudWatch reads out of the line: of each target, and of all together. */
const metrics = [
  "completed",
  "vanished",
  "stalled",
  "unknown",
  "detailUnreadable",
  "refused",
  "pendingEvents",
  "overdue",
  "unconfiguredTargets",
  "problemCount",
];

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function logReport(log: Log, report: TargetReport): void {
  const { length: problemCount } = report.problems;
  const unconfiguredTargets = report.problems.filter(({ kind }) => kind === "unconfigured").length;
  const problems = report.problems.slice(0, loggedProblems);
  const counts = metrics.map((Name) => ({ Name, Unit: "Count" }));
  const { clockSkewSeconds } = report;
  // A metric must be a number, and a provider that tells no time has none.
  const skew = clockSkewSeconds === null ? [] : [{ Name: "clockSkewSeconds", Unit: "Seconds" }];
  const Metrics = [...counts, ...skew];
  const CloudWatchMetrics = [{ Namespace: "image-tasks", Dimensions: [[], ["target"]], Metrics }];
  const _aws = { Timestamp: systemClock.now(), CloudWatchMetrics };
  const isSkewed = (clockSkewSeconds ?? 0) >= skewWorthAWarningSeconds;
  const warning = isSkewed ? { warning: `our clock and the provider's are ${clockSkewSeconds} seconds apart` } : {};
  const level = hasFailed(report) ? "error" : problemCount > 0 || isSkewed ? "warn" : "info";
  log(level, "target swept", { ...report, ...warning, problemCount, unconfiguredTargets, problems, _aws });
}
