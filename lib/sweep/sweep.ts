import pLimit from "p-limit";
import type { Provider } from "../domain/provider.ts";
import type { TargetState } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import { createDetailReader } from "./detail-reader.ts";
import { discover } from "./discover.ts";
import type { DiscoveryState } from "./discover.ts";
import { giveBack, release, runWhileHeld, startRenewing, takeTarget } from "./lease.ts";
import type { Hold } from "./lease.ts";
import { observePostponed } from "./observe.ts";
import { countPending, publishDue } from "./outbox.ts";
import { reconcile } from "./reconcile.ts";
import { createStallCandidates, checkStalls } from "./stalls.ts";
import { emptyReport, errorToProblem, isOutOfTime, isOutage, problemForCallers } from "./target-sweep.ts";
import type { SweepDependencies, SweepProblem, SweepRun, TargetReport, TargetSweep } from "./target-sweep.ts";
import { listTargets, visitTargets, withState } from "./unconfigured.ts";

/** How many targets one function sweeps concurrently. */
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
  // Start visits first: they are short, and long sweeps would leave no time for them.
  const visits = visitTargets(known.unconfigured, { deps, run, limit });
  const isListed = known.reports.length === 0;
  const sweepable = isListed ? providers : await withState(providers, deps, run);
  const sweeps = await Promise.all(sweepable.map((provider) => limit(() => sweepTarget(provider, deps, run))));
  return [...sweeps, ...(await visits), ...known.reports];
}

/** Time limit for releasing the target after the sweep must stop. The function has three seconds left at that point. */
const releaseTimeoutMs = 1000;

/**
 * One sweep of one target: take the target, publish pending events, discover, reconcile, check for stalls, and finally
 * advance the checkpoint. Skips a target that another sweep holds. Safe to interrupt anywhere and to run concurrently:
 * every write is conditional, and the checkpoint covers only recorded tasks.
 */
export async function sweepTarget(provider: Provider, deps: SweepDependencies, run: SweepRun): Promise<TargetReport> {
  const report = emptyReport(targetKey(provider.target));
  const sweep = { provider, deps, run, report };
  if (isOutOfTime(sweep)) {
    report.finished = false;
    return report;
  }
  const startedAtMs = deps.clock.now();
  try {
    const hold = await takeTarget(sweep);
    if (hold !== undefined) await sweepHeld(hold, startedAtMs, sweep);
  } catch (error) {
    reportFailure(error, report);
  }
  report.clockSkewSeconds = skewSeconds(provider.clockSkewMs());
  return report;
}

/** The absolute value: alarms compare only the distance between two clocks. */
function skewSeconds(skewMs: number | null): number | null {
  return skewMs === null ? null : Math.round(Math.abs(skewMs) / 1000);
}

async function sweepHeld(hold: Hold, startedAtMs: number, free: Omit<TargetSweep, "details">): Promise<void> {
  const held = { ...free, run: runWhileHeld(hold, free.run) };
  const sweep: TargetSweep = { ...held, details: createDetailReader(held) };
  const { run, report } = sweep;
  const before = hold.state;
  const { checkpointMs, overlapMs, openListedAtMs, resumeAfterId } = before;
  const reached: Progress = { discovery: { checkpointMs, overlapMs, openListedAtMs }, resumeAfterId };
  report.namelessSinceMs = before.namelessSinceMs;
  const renewal = startRenewing(hold, sweep);
  try {
    await runSteps(reached, sweep);
    report.pendingEvents = await countPending(sweep);
    report.unreadableItems = await countUnreadable(sweep);
    if (report.refused > 0) report.problems.push(undelivered(report.refused));
    await renewal.stop();
    await giveBack(hold, stateAfter(before, { ...reached, startedAtMs }, sweep), sweep, run.signal);
  } catch (error) {
    reportFailure(error, report);
    await renewal.stop();
    // Recorded changes stay recorded. If the release also fails, the lease expires.
    await release(
      hold,
      { ...reached.discovery, resumeAfterId: reached.resumeAfterId },
      sweep,
      AbortSignal.timeout(releaseTimeoutMs),
    ).catch(() => undefined);
  }
}

/** Items that stay unreadable, and the copies of replaced ones, also if the sweep that replaced them was cut off. */
async function countUnreadable({ provider, deps, run, report }: TargetSweep): Promise<number> {
  const copies = await deps.ledger.countReplaced(provider.target, run.signal);
  // The index may not show this sweep's own copies yet.
  return Math.max(copies, report.replacedItems) + report.unreadableIds.size;
}

interface Progress {
  discovery: DiscoveryState;
  resumeAfterId: string | null;
}

/**
 * Updates `reached` after each step. A failing step then leaves only its own remaining work and later steps to the next
 * sweep.
 */
async function runSteps(reached: Progress, sweep: TargetSweep): Promise<void> {
  const { run, report } = sweep;
  try {
    await publishDue(sweep);
    const candidates = createStallCandidates(sweep);
    const { seen, state } = await discover(reached.discovery, sweep);
    reached.discovery = state;
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

function stateAfter(
  before: TargetState,
  { startedAtMs, discovery, resumeAfterId }: Progress & { readonly startedAtMs: number },
  { provider, deps, report }: TargetSweep,
): Omit<TargetState, "revision" | "lease"> {
  const nowMs = deps.clock.now();
  const [first] = report.problems;
  const outage = report.problems.some(isOutage);
  // The unread rest of an incomplete list may contain such rows.
  const nameless = report.nameless > 0 || outage || !report.finished;
  return {
    ...discovery,
    resumeAfterId,
    lastSweptAtMs: nowMs,
    lastSweepMs: nowMs - startedAtMs,
    lastAnsweredAtMs: outage ? before.lastAnsweredAtMs : startedAtMs,
    lastError: first === undefined ? null : problemForCallers(first),
    namelessSinceMs: nameless ? report.namelessSinceMs : null,
    clockSkewMs: provider.clockSkewMs(),
    unreadableItems: report.unreadableItems,
  };
}
