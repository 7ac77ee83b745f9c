import type { Context } from "aws-lambda";
import type { Log } from "../config/log.ts";
import { systemClock } from "../config/system-clock.ts";
import type { SweepRun, TargetReport } from "./target-sweep.ts";

/** Reserved before the function's timeout to finish running work, record it, and report. */
const reserveMs = 15_000;
/** Reserved for the report alone. */
const abortReserveMs = 3000;
/** A log line has at most 256 KB: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const loggedProblems = 50;

/** Some clouds reject signatures at a skew of five minutes, so this leaves time to act. */
const skewWorthAWarningSeconds = 60;

/** Fails the invocation, which triggers the function's alarm. The report has already been logged. */
class SweepFailedError extends Error {
  override readonly name = "SweepFailedError";
}

interface ScheduledDependencies {
  readonly log: Log;
  /** Separates the metrics of stages that share an account. */
  readonly stage: string;
}

/**
 * The shared wrapper of scheduled functions: a deadline, one report line per target, and a failed invocation on errors.
 */
export function scheduled(
  deps: ScheduledDependencies,
  sweep: (run: SweepRun) => Promise<readonly TargetReport[]>,
): (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">) => Promise<readonly TargetReport[]> {
  return async (_event, context) => {
    const leftMs = context.getRemainingTimeInMillis();
    const stopAtMs = systemClock.now() + Math.max(leftMs - reserveMs, leftMs / 2);
    const signal = AbortSignal.timeout(Math.floor(Math.max(leftMs - abortReserveMs, leftMs / 2)));
    const reports = await sweep({ signal, stopAtMs });
    for (const report of reports) logReport(deps, report);
    const failed = reports.filter(hasFailed);
    if (failed.length === 0) return reports;
    const names = failed.map(({ target, problems }) => `${target} (${problems[0]?.message ?? "unknown"})`).join("; ");
    throw new SweepFailedError(`${failed.length} of ${reports.length} targets failed: ${names}`);
  };
}

/**
 * Neither an unconfigured target nor an unreadable item is a failure. Only a person can resolve it, and it has its own
 * metric. If it failed every sweep, an outage of a cloud would go unnoticed meanwhile.
 */
function hasFailed({ problems }: TargetReport): boolean {
  return problems.some(({ kind }) => kind !== "unconfigured" && kind !== "unreadable-item");
}

/**
 * The report's numbers that CloudWatch extracts from the log line. Not per target, because CloudWatch charges for each
 * combination. The log lines name the targets.
 */
const metrics = [
  "completed",
  "vanished",
  "stalled",
  "unknown",
  "unexplained",
  "unreadable",
  "detailUnreadable",
  "unreadableItems",
  "refused",
  "pendingEvents",
  "overdue",
  "behind",
  "unconfiguredTargets",
  "problemCount",
];

/** True if the time ran out, or if the sweep that holds the target takes too long. A failure has its own alarm. */
function isBehind(report: TargetReport): boolean {
  return report.overdue > 0 || (!report.finished && !hasFailed(report));
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function logReport({ log, stage }: ScheduledDependencies, report: TargetReport): void {
  const { unreadableIds: _, ...logged } = report;
  const { length: problemCount } = report.problems;
  const unconfiguredTargets = report.problems.filter(({ kind }) => kind === "unconfigured").length;
  const problems = report.problems.slice(0, loggedProblems);
  const counts = metrics.map((Name) => ({ Name, Unit: "Count" }));
  const { clockSkewSeconds } = report;
  // A metric must be a number. Without a time from the provider, the skew is unknown.
  const skew = clockSkewSeconds === null ? [] : [{ Name: "clockSkewSeconds", Unit: "Seconds" }];
  const Metrics = [...counts, ...skew];
  const CloudWatchMetrics = [{ Namespace: "image-tasks", Dimensions: [["Stage"]], Metrics }];
  const _aws = { Timestamp: systemClock.now(), CloudWatchMetrics };
  const isSkewed = (clockSkewSeconds ?? 0) >= skewWorthAWarningSeconds;
  const warning = isSkewed ? { warning: `our clock and the provider's are ${clockSkewSeconds} seconds apart` } : {};
  const level = hasFailed(report) ? "error" : problemCount > 0 || isSkewed ? "warn" : "info";
  const behind = isBehind(report) ? 1 : 0;
  const counted = { problemCount, unconfiguredTargets, behind };
  log(level, "target swept", { ...logged, ...warning, ...counted, problems, Stage: stage, _aws });
}
