import type { TargetState } from "../domain/record.ts";
import { isInFuture } from "../domain/stored-time.ts";
import { listAndRecord } from "./list-and-record.ts";
import type { Sightings } from "./list-and-record.ts";
import { nextOverlapMs } from "./overlap.ts";
import type { SweepProblem, SweepSettings, TargetSweep } from "./target-sweep.ts";
import { isOutOfTime } from "./target-sweep.ts";

/** The state that discovery keeps between sweeps. */
export type DiscoveryState = Pick<TargetState, "checkpointMs" | "overlapMs" | "openListedAtMs">;

interface Discovery {
  /** Ids of the listed tasks, which need not be requested again. */
  readonly seen: ReadonlySet<string>;
  readonly state: DiscoveryState;
}

/**
 * Finds tasks that are not recorded yet. Lists the tasks created since the checkpoint minus the overlap. Every hour,
 * also lists all open tasks, regardless of their creation time. That finds tasks older than the first look-back, and
 * tasks whose rows became visible later than the overlap allows.
 */
export async function discover(before: DiscoveryState, sweep: TargetSweep): Promise<Discovery> {
  const { clock, settings } = sweep.deps;
  const startedAtMs = clock.now();
  const overlapMs = Math.max(before.overlapMs ?? 0, settings.overlapMs);
  const seen = new Set<string>();
  const lateness = { checkpointMs: believable(before.checkpointMs, startedAtMs), longestMs: 0 };
  const windows = { startedAtMs, checkpointMs: before.checkpointMs, overlapMs };
  const { checkpointMs, stopped } = await listWindows(windows, { seen, lateness }, sweep);
  const open = { startedAtMs, openListedAtMs: believable(before.openListedAtMs, startedAtMs) };
  const openListedAtMs = stopped ? open.openListedAtMs : await listOpen(open, { seen, lateness }, sweep);
  const state = { checkpointMs, openListedAtMs, overlapMs: nextOverlapMs(overlapMs, lateness.longestMs, settings) };
  return { seen, state };
}

function believable(atMs: number | null, nowMs: number): number | null {
  return atMs !== null && isInFuture(atMs, nowMs) ? null : atMs;
}

interface OpenListing {
  readonly startedAtMs: number;
  readonly openListedAtMs: number | null;
}

/** Lists the open tasks if the last listing was long enough ago. Returns the time of the last listing. */
async function listOpen(
  { startedAtMs, openListedAtMs }: OpenListing,
  { seen, lateness }: Sightings,
  sweep: TargetSweep,
): Promise<number | null> {
  const { openListEveryMs } = sweep.deps.settings;
  if (openListedAtMs !== null && startedAtMs - openListedAtMs < openListEveryMs) return openListedAtMs;
  if (isOutOfTime(sweep)) {
    sweep.report.finished = false;
    return openListedAtMs;
  }
  // In the first listing, an old task does not show that its row came late.
  const probe = openListedAtMs === null ? { checkpointMs: null, longestMs: 0 } : lateness;
  const outcome = await listAndRecord({ openOnly: true }, { seen, lateness: probe }, sweep);
  // A refused list would be refused again every minute, so it waits for the next hour.
  return outcome === "recorded" || outcome === "refused" ? startedAtMs : openListedAtMs;
}

interface Progress {
  readonly startedAtMs: number;
  readonly checkpointMs: number | null;
  readonly overlapMs: number;
}

/**
 * Lists and records window by window. The checkpoint moves past a window only if every row on all of its pages was read
 * and recorded. An incomplete window holds the checkpoint back, but later windows are still listed.
 *
 * All times are the provider's, because creation times are. If the provider gives no time, ours is used.
 */
async function listWindows(
  before: Progress,
  sightings: Sightings,
  sweep: TargetSweep,
): Promise<{ checkpointMs: number; stopped: boolean }> {
  const { provider, deps, report } = sweep;
  const { settings } = deps;
  // Where each window reads all rows, several would only read them several times.
  const windowMs = provider.capabilities.filtersByTime === false ? Infinity : settings.windowMs;
  // Evaluated again after each window: a new process learns the provider's time from the first response.
  const begin = () => beginningAt(before.startedAtMs + (provider.clockSkewMs() ?? 0), before, settings);
  const firstFromMs = begin().fromMs;
  let fromMs = firstFromMs;
  let recordedToMs = firstFromMs;
  let held = false;
  let stopped = false;
  while (!stopped && fromMs < begin().nowMs) {
    const last = fromMs + windowMs >= begin().nowMs;
    const toMs = last ? null : fromMs + windowMs;
    const outcome = await listAndRecord(windowQuery(fromMs, toMs), sightings, sweep);
    const { nowMs, fromMs: laterFromMs } = begin();
    const endMs = Math.min(toMs ?? nowMs, nowMs);
    if (outcome !== "recorded") held = true;
    if (!held) recordedToMs = endMs;
    stopped = outcome === "stopped";
    fromMs = Math.max(endMs, laterFromMs);
    if (!stopped && !last && isOutOfTime(sweep)) {
      report.finished = false;
      stopped = true;
    }
  }
  const { nowMs, fromMs: neededFromMs, baseMs, isWrong } = begin();
  if (isWrong) report.problems.push(checkpointInFuture(before.checkpointMs ?? nowMs, nowMs));
  // If the provider's time proved earlier than ours, the next sweep lists the time before the first window.
  const checkpointMs = firstFromMs <= neededFromMs ? Math.max(baseMs, recordedToMs) : baseMs;
  return { checkpointMs, stopped };
}

function windowQuery(fromMs: number, toMs: number | null) {
  return { createdAfter: new Date(fromMs), ...(toMs === null ? {} : { createdBefore: new Date(toMs) }) };
}

interface Beginning {
  readonly nowMs: number;
  /** The time from which the sweep must list. */
  readonly fromMs: number;
  /**
   * The checkpoint if nothing can be listed. A look-back that moved with the current time would skip tasks after an
   * early outage.
   */
  readonly baseMs: number;
  /** True if the stored checkpoint is in the future, so it does not show what is recorded. */
  readonly isWrong: boolean;
}

function beginningAt(
  nowMs: number,
  { checkpointMs, overlapMs }: Omit<Progress, "startedAtMs">,
  { firstLookbackMs }: SweepSettings,
): Beginning {
  const isWrong = checkpointMs !== null && isInFuture(checkpointMs, nowMs);
  if (checkpointMs === null || isWrong) {
    const fromMs = nowMs - firstLookbackMs;
    return { nowMs, fromMs, baseMs: fromMs, isWrong };
  }
  // Clocks of two machines differ by seconds, so a checkpoint may be slightly in the future.
  return { nowMs, fromMs: Math.min(checkpointMs, nowMs) - overlapMs, baseMs: checkpointMs, isWrong };
}

function checkpointInFuture(checkpointMs: number, nowMs: number): SweepProblem {
  const minutes = Math.round((checkpointMs - nowMs) / 60_000);
  const message = `a wrong clock wrote a checkpoint ${minutes} minutes in the future; the sweep looks back as on its first run`;
  return { kind: "clock", code: null, message, requestId: null, taskId: null };
}
