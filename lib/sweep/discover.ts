import { ProviderError } from "../domain/errors.ts";
import type { Rows, Sighting } from "../domain/provider.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { observeRows } from "./observe.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { errorToProblem, isAboutWhatWasAsked, outOfTime } from "./target-sweep.ts";

export interface Discovery {
  /** Ids of the tasks that were listed, so that they need not be asked for again. */
  readonly seen: ReadonlySet<string>;
  /** Every task created before this time (epoch ms), and not before the first look-back, is recorded. */
  readonly checkpointMs: number;
}

/**
 * Lists what was created since the checkpoint less the overlap, window by window, and records it. The checkpoint moves
 * over a window only when all of its pages are recorded and every row of them could be read. A window that is not holds
 * the checkpoint, and keeps nothing later from being listed.
 */
export async function discover(checkpointMs: number | null, sweep: TargetSweep): Promise<Discovery> {
  const { deps, run, report } = sweep;
  const { overlapMs, firstLookbackMs, windowMs } = deps.settings;
  const startedAtMs = deps.clock.now();
  const seen = new Set<string>();
  // Kept even when nothing could be listed: were the look-back to slide, an outage at the start would hide tasks.
  let reachedMs = checkpointMs ?? startedAtMs - firstLookbackMs;
  let held = false;
  // Where another machine's clock is ahead of ours, its checkpoint is too.
  let fromMs = checkpointMs === null ? startedAtMs - firstLookbackMs : Math.min(checkpointMs, startedAtMs) - overlapMs;
  while (fromMs < startedAtMs) {
    const last = fromMs + windowMs >= startedAtMs;
    const toMs = last ? startedAtMs : fromMs + windowMs;
    const outcome = await listWindowOrReport({ fromMs, toMs: last ? null : toMs }, seen, sweep);
    if (outcome !== "recorded") held = true;
    if (!held) reachedMs = Math.max(reachedMs, toMs);
    if (outcome === "stopped") break;
    fromMs = toMs;
    if (!last && outOfTime(deps, run, report)) break;
  }
  return { seen, checkpointMs: reachedMs };
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** `incomplete`: not wholly recorded. `stopped`: neither, and there is no time or no use in asking for more. */
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
    const sightings = page.sightings.filter(isImageTask);
    const rows: Rows = { sightings, unreadable: page.unreadable };
    const ids = sightings.map(({ task }) => task.id);
    const known = await deps.ledger.readTasks(ids, run.signal);
    if (!(await observeRows(rows, known, sweep))) complete = false;
    for (const { task } of sightings) {
      const record = known.get(task.id);
      // A row of another task does not spare the recorded one the question whether it is still there.
      if (record === undefined || !isAnotherTask(record.task, task)) seen.add(task.id);
    }
    report.listed += sightings.length;
    if (page.next !== null && outOfTime(deps, run, report)) return "stopped";
  }
  return complete ? "recorded" : "incomplete";
}

/** Providers list disk and instance tasks too; those are followed only when somebody asks for them. */
function isImageTask({ task }: Sighting): boolean {
  return task.resource?.type !== "disk" && task.resource?.type !== "instance";
}
