import pLimit from "p-limit";
import type { Provider } from "../domain/provider.ts";
import type { TargetState } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import { discover } from "./discover.ts";
import { countPending, publishDue } from "./outbox.ts";
import { reconcile } from "./reconcile.ts";
import { createStallCandidates, checkStalls } from "./stalls.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { emptyReport, errorToProblem, isOutage, outOfTime, problemForCallers } from "./target-sweep.ts";
import type { SweepProblem, SweepRun, SweepDependencies, TargetReport } from "./target-sweep.ts";

/** Targets swept side by side by one function. */
const targetConcurrency = 8;

/** Sweeps every target; a failing one is in its own report and hides no other. Never throws. */
export async function sweepTargets(
  providers: readonly Provider[],
  deps: SweepDependencies,
  run: SweepRun,
): Promise<TargetReport[]> {
  const limit = pLimit(targetConcurrency);
  return Promise.all(providers.map((provider) => limit(() => sweepTarget(provider, deps, run))));
}

/**
 * One sweep of one target: publish what is pending, discover, reconcile, look for stalls, and last of all advance the
 * checkpoint. May be cut off anywhere and run twice at once: every write is conditional, and the checkpoint only
 * says what is already recorded.
 */
export async function sweepTarget(provider: Provider, deps: SweepDependencies, run: SweepRun): Promise<TargetReport> {
  const report = emptyReport(targetKey(provider.target));
  const sweep: TargetSweep = { provider, deps, run, report };
  if (outOfTime(deps, run, report)) return report;
  const startedAtMs = deps.clock.now();
  try {
    const state = await deps.ledger.readTarget(provider.target, run.signal);
    const reached: Progress = {
      checkpointMs: state?.checkpointMs ?? null,
      resumeAfterId: state?.resumeAfterId ?? null,
    };
    await workThrough(reached, sweep);
    report.pendingEvents = await countPending(provider, deps, run);
    if (report.refused > 0) report.problems.push(undelivered(report.refused));
    await writeState(state, { ...reached, startedAtMs }, sweep);
  } catch (error) {
    reportFailure(error, report);
  }
  return report;
}

interface Progress {
  checkpointMs: number | null;
  resumeAfterId: string | null;
}

/** What a failing step had reached before is kept; only the steps after it are left to the next sweep. */
async function workThrough(reached: Progress, sweep: TargetSweep): Promise<void> {
  const { provider, deps, run, report } = sweep;
  try {
    await publishDue(provider, deps, run, report);
    const candidates = createStallCandidates(sweep);
    const { seen, checkpointMs } = await discover(reached.checkpointMs, sweep);
    reached.checkpointMs = checkpointMs;
    reached.resumeAfterId = await reconcile({ resumeAfterId: reached.resumeAfterId, open: candidates }, seen, sweep);
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
  const message = `the bus did not take ${count} ${count === 1 ? "event" : "events"}; pending for the next sweeps`;
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
  };
  // When another sweep of this target wrote first, its checkpoint is as true as ours.
  await deps.ledger.writeTarget(provider.target, next, state?.revision ?? null, run.signal);
}
