import pLimit from "p-limit";
import type { Provider } from "../domain/provider.ts";
import type { TargetState } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import { createDetailReader } from "./detail-reader.ts";
import { discover } from "./discover.ts";
import { observePostponed } from "./observe.ts";
import { countPending, publishDue } from "./outbox.ts";
import { reconcile } from "./reconcile.ts";
import { createStallCandidates, checkStalls } from "./stalls.ts";
import { emptyReport, errorToProblem, isOutOfTime, isOutage, problemForCallers } from "./target-sweep.ts";
import type { SweepDependencies, SweepProblem, SweepRun, TargetReport, TargetSweep } from "./target-sweep.ts";
import { listTargets, visitTargets } from "./unconfigured.ts";

/** Targets that one function sweeps at a time. */
const targetConcurrency = 8;

/**
 * Sweeps every configured target, and publishes what the ledger still holds for targets that are no longer configured.
 * A failure is reported for its own target and does not affect the others. Never throws.
 */
export async function sweepTargets(
  providers: readonly Provider[],
  deps: SweepDependencies,
  run: SweepRun,
): Promise<TargetReport[]> {
  const limit = pLimit(targetConcurrency);
  const known = await listTargets(
    providers.map(({ target }) => target),
    deps,
    run,
  );
  // First in line: visits are short, and long sweeps would leave no time for them.
  const visits = visitTargets(known.unconfigured, { deps, run, limit });
  const sweeps = await Promise.all(providers.map((provider) => limit(() => sweepTarget(provider, deps, run))));
  return [...sweeps, ...(await visits), ...known.reports];
}

/**
 * One sweep of one target: publish pending events, discover, reconcile, check for stalls, and finally advance the
 * checkpoint. Safe to interrupt anywhere and to run concurrently: every write is conditional, and the checkpoint
 * covers only tasks that are already recorded.
 */
export async function sweepTarget(provider: Provider, deps: SweepDependencies, run: SweepRun): Promise<TargetReport> {
  const report = emptyReport(targetKey(provider.target));
  const details = createDetailReader({ provider, deps, run, report });
  const sweep: TargetSweep = { provider, deps, run, report, details };
  if (isOutOfTime(sweep)) {
    report.finished = false;
    return report;
  }
  const startedAtMs = deps.clock.now();
  try {
    const state = await deps.ledger.readTarget(provider.target, run.signal);
    const reached: Progress = {
      checkpointMs: state?.checkpointMs ?? null,
      resumeAfterId: state?.resumeAfterId ?? null,
    };
    await runSteps(reached, sweep);
    report.pendingEvents = await countPending(sweep);
    if (report.refused > 0) report.problems.push(undelivered(report.refused));
    await writeState(state, { ...reached, startedAtMs }, sweep);
  } catch (error) {
    reportFailure(error, report);
  }
  report.clockSkewSeconds = skewSeconds(provider.clockSkewMs());
  return report;
}

/** Without a sign: alarms are about how far two clocks are apart. */
function skewSeconds(skewMs: number | null): number | null {
  return skewMs === null ? null : Math.round(Math.abs(skewMs) / 1000);
}

interface Progress {
  checkpointMs: number | null;
  resumeAfterId: string | null;
}

/** Updates `reached` after each step, so that a failing step leaves only its own rest and later steps to the next sweep. */
async function runSteps(reached: Progress, sweep: TargetSweep): Promise<void> {
  const { run, report } = sweep;
  try {
    await publishDue(sweep);
    const candidates = createStallCandidates(sweep);
    const { seen, checkpointMs } = await discover(reached.checkpointMs, sweep);
    reached.checkpointMs = checkpointMs;
    reached.resumeAfterId = await reconcile({ resumeAfterId: reached.resumeAfterId, open: candidates }, seen, sweep);
    await observePostponed(sweep);
    await checkStalls(candidates, sweep);
  } catch (error) {
    run.signal.throwIfAborted();
    reportFailure(error, report);
  }
}

function reportFailure(error: unknown, report: TargetReport): void {
  report.problems.push(errorToProblem(error));
  report.finished = false;
}

function undelivered(count: number): SweepProblem {
  const message = `the bus did not accept ${count} ${count === 1 ? "event" : "events"}; the next sweeps offer them again`;
  return { kind: "undelivered", code: null, message, requestId: null, taskId: null };
}

async function writeState(
  state: TargetState | undefined,
  { startedAtMs, ...reached }: Progress & { readonly startedAtMs: number },
  { provider, deps, run, report }: TargetSweep,
): Promise<void> {
  const nowMs = deps.clock.now();
  const [first] = report.problems;
  const next: TargetState = {
    ...reached,
    revision: (state?.revision ?? 0) + 1,
    lastSweptAtMs: nowMs,
    lastSweepMs: nowMs - startedAtMs,
    lastAnsweredAtMs: report.problems.some(isOutage) ? (state?.lastAnsweredAtMs ?? null) : startedAtMs,
    lastError: first === undefined ? null : problemForCallers(first),
    clockSkewMs: provider.clockSkewMs(),
  };
  // If a concurrent sweep of this target wrote first, its checkpoint is just as valid.
  await deps.ledger.writeTarget(provider.target, next, state?.revision ?? null, run.signal);
}
