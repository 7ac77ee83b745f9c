import pLimit from "p-limit";
import { ProviderError } from "../errors.ts";
import type { TargetState } from "../ledger.ts";
import type { Provider } from "../provider.ts";
import { targetKey } from "../task.ts";
import { discover } from "./discover.ts";
import { errorToProblem } from "./observe.ts";
import type { TargetSweep } from "./observe.ts";
import { publishDue } from "./outbox.ts";
import { reconcile } from "./reconcile.ts";
import { createCloserLook, lookCloser } from "./stalls.ts";
import { emptyReport } from "./world.ts";
import type { SweepRun, SweepWorld, TargetReport } from "./world.ts";

/** Targets swept side by side by one function. */
const targetConcurrency = 8;

/** Sweeps every target; a failing one is in its own report and hides no other. Never throws. */
export async function sweepTargets(
  providers: readonly Provider[],
  world: SweepWorld,
  run: SweepRun,
): Promise<TargetReport[]> {
  const limit = pLimit(targetConcurrency);
  return Promise.all(providers.map((provider) => limit(() => sweepTarget(provider, world, run))));
}

/**
 * One sweep of one target: publish what is pending, discover, reconcile, look for stalls, and last of all advance the
 * checkpoint. May be cut off anywhere and run twice at once: every write is conditional, and the checkpoint only
 * says what is already recorded.
 */
export async function sweepTarget(provider: Provider, world: SweepWorld, run: SweepRun): Promise<TargetReport> {
  const report = emptyReport(targetKey(provider.target));
  const sweep: TargetSweep = { provider, world, run, report };
  try {
    await publishDue(provider, world, run, report);
    const state = await world.ledger.readTarget(provider.target, run.signal);
    const next = await discoverAndReconcile(state, sweep);
    await writeState(state, next, sweep);
  } catch (error) {
    report.problems.push(errorToProblem(error));
    report.finished = false;
  }
  return report;
}

type Progress = Pick<TargetState, "checkpointMs" | "resumeAfterId">;

async function discoverAndReconcile(state: TargetState | undefined, sweep: TargetSweep): Promise<Progress> {
  const closerLook = createCloserLook(sweep);
  const checkpointMs = state?.checkpointMs ?? null;
  const { seen, checkpointMs: reachedMs } = await discoverOrReport(checkpointMs, sweep);
  const from = { resumeAfterId: state?.resumeAfterId ?? null, open: closerLook };
  const resumeAfterId = await reconcile(from, seen, sweep);
  await lookCloser(closerLook, sweep);
  return { checkpointMs: reachedMs, resumeAfterId };
}

/** A list that fails leaves the checkpoint where it was and does not keep known tasks from being followed. */
async function discoverOrReport(checkpointMs: number | null, sweep: TargetSweep): ReturnType<typeof discover> {
  try {
    return await discover(checkpointMs, sweep);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    sweep.report.problems.push(errorToProblem(error));
    return { seen: new Set(), checkpointMs };
  }
}

async function writeState(state: TargetState | undefined, progress: Progress, sweep: TargetSweep): Promise<void> {
  const { provider, world, run, report } = sweep;
  const next: TargetState = {
    revision: (state?.revision ?? 0) + 1,
    checkpointMs: progress.checkpointMs,
    resumeAfterId: progress.resumeAfterId,
    lastSweptAtMs: world.clock.now(),
    lastError: report.problems[0]?.message ?? null,
  };
  // When another sweep of this target wrote first, its checkpoint is as true as ours.
  await world.ledger.writeTarget(provider.target, next, state?.revision ?? null, run.signal);
}
