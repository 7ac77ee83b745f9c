import { ProviderError } from "../domain/errors.ts";
import type { Rows } from "../domain/provider.ts";
import { observeRows } from "./observe.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isAboutWhatWasAsked, isOutOfTime } from "./target-sweep.ts";

interface Discovery {
  /** Ids of the listed tasks, which need not be asked for again. */
  readonly seen: ReadonlySet<string>;
  /** Every task created between the first look-back and this time (epoch ms) is recorded. */
  readonly checkpointMs: number;
}

/**
 * Lists and records, window by window, the tasks created since the checkpoint minus the overlap. The checkpoint moves
 * past a window only when every row on all of its pages was read and recorded. An incomplete window holds the
 * checkpoint back, but later windows are still listed.
 */
export async function discover(checkpointMs: number | null, sweep: TargetSweep): Promise<Discovery> {
  const { deps, report } = sweep;
  const { overlapMs, firstLookbackMs, windowMs } = deps.settings;
  const startedAtMs = deps.clock.now();
  const seen = new Set<string>();
  // Returned even when nothing could be listed. A look-back that slid along would skip tasks after an early outage.
  let reachedMs = checkpointMs ?? startedAtMs - firstLookbackMs;
  let held = false;
  // A checkpoint may lie in the future, written by a machine whose clock runs ahead.
  let fromMs = checkpointMs === null ? startedAtMs - firstLookbackMs : Math.min(checkpointMs, startedAtMs) - overlapMs;
  while (fromMs < startedAtMs) {
    const last = fromMs + windowMs >= startedAtMs;
    const toMs = last ? startedAtMs : fromMs + windowMs;
    const outcome = await listWindowOrReport({ fromMs, toMs: last ? null : toMs }, seen, sweep);
    if (outcome !== "recorded") held = true;
    if (!held) reachedMs = Math.max(reachedMs, toMs);
    if (outcome === "stopped") break;
    fromMs = toMs;
    if (!last && isOutOfTime(sweep)) {
      report.finished = false;
      break;
    }
  }
  return { seen, checkpointMs: reachedMs };
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** `incomplete`: only partly recorded. `stopped`: the same, and later windows should not be listed in this sweep. */
type Outcome = "recorded" | "incomplete" | "stopped";

async function listWindowOrReport(window: Window, seen: Set<string>, sweep: TargetSweep): Promise<Outcome> {
  try {
    return await listWindow(window, seen, sweep);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    sweep.report.problems.push(errorToProblem(error));
    return isAboutWhatWasAsked(error) ? "incomplete" : "stopped";
  }
}

async function listWindow({ fromMs, toMs }: Window, seen: Set<string>, sweep: TargetSweep): Promise<Outcome> {
  const { provider, deps, run, report } = sweep;
  const query = { createdAfter: new Date(fromMs), ...(toMs === null ? {} : { createdBefore: new Date(toMs) }) };
  let complete = true;
  for await (const page of provider.list(query, run.signal)) {
    const sightings = page.sightings.filter(({ task }) => provider.discovers?.(task) ?? true);
    const rows: Rows = { sightings, unreadable: page.unreadable };
    const ids = sightings.map(({ task }) => task.id);
    if (!(await observeRows(rows, await deps.ledger.readTasks(ids, run.signal), sweep))) complete = false;
    for (const id of ids) seen.add(id);
    report.listed += sightings.length;
    if (page.next !== null && isOutOfTime(sweep)) {
      report.finished = false;
      return "stopped";
    }
  }
  return complete ? "recorded" : "incomplete";
}
