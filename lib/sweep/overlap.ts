import type { Task } from "../domain/task.ts";
import type { SweepSettings } from "./target-sweep.ts";

/** One late row suggests that others may come even later. */
const safetyFactor = 2;
/** At one sweep per minute, halves the overlap added by late rows in half a day. */
const fadingPerSweep = 0.999;

/** How late rows appear in lists: what discovery learns when it first sees a task. */
export interface LatenessProbe {
  /** The previous sweep's checkpoint, in epoch milliseconds. `null` if lateness cannot be determined. */
  readonly checkpointMs: number | null;
  /** The greatest lateness so far, in milliseconds. */
  longestMs: number;
}

/**
 * Notes a task that was not recorded yet. If it was created before the last checkpoint, an earlier list should have had
 * it, so its row became visible only after that.
 */
export function noteFirstSight(probe: LatenessProbe, { createdAt, nativeTimes }: Task, nowMs: number): void {
  const { checkpointMs } = probe;
  // A time with an assumed zone may be wrong by hours.
  if (checkpointMs === null || createdAt === null || nativeTimes.zoneAssumed) return;
  const createdAtMs = Date.parse(createdAt);
  if (createdAtMs < checkpointMs) probe.longestMs = Math.max(probe.longestMs, nowMs - createdAtMs);
}

/** The next sweep's overlap in milliseconds. Grows immediately with the lateness of rows and shrinks slowly. */
export function nextOverlapMs(overlapMs: number, latenessMs: number, settings: SweepSettings): number {
  const wantedMs = Math.max(overlapMs * fadingPerSweep, latenessMs * safetyFactor);
  return Math.round(Math.max(settings.overlapMs, Math.min(settings.longestOverlapMs, wantedMs)));
}
