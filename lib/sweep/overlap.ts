import type { Task } from "../domain/task.ts";
import type { SweepSettings } from "./target-sweep.ts";

/** A row that came late shows that others may come later still. */
const safetyFactor = 2;
/** At one sweep a minute, halves what late rows have added in half a day. */
const fadingPerSweep = 0.999;

/** How late rows may be in lists: what discovery knows when it sees a task for the first time. */
export interface LatenessProbe {
  /** The checkpoint of the sweep before, in epoch milliseconds. `null`: nothing can be said about lateness. */
  readonly checkpointMs: number | null;
  /** The greatest lateness found so far, in milliseconds. */
  longestMs: number;
}

/**
 * Takes a task that was not recorded yet. Created before the last checkpoint, it should have been in an earlier list, so
 * its row became visible only since then.
 */
export function noteFirstSight(probe: LatenessProbe, { createdAt, nativeTimes }: Task, nowMs: number): void {
  const { checkpointMs } = probe;
  // A time whose zone is a guess may be hours off.
  if (checkpointMs === null || createdAt === null || nativeTimes.zoneAssumed) return;
  const createdAtMs = Date.parse(createdAt);
  if (createdAtMs < checkpointMs) probe.longestMs = Math.max(probe.longestMs, nowMs - createdAtMs);
}

/** The overlap of the next sweep in milliseconds. It grows at once with the lateness of rows, and shrinks slowly. */
export function nextOverlapMs(overlapMs: number, latenessMs: number, settings: SweepSettings): number {
  const wantedMs = Math.max(overlapMs * fadingPerSweep, latenessMs * safetyFactor);
  return Math.round(Math.max(settings.overlapMs, Math.min(settings.longestOverlapMs, wantedMs)));
}
