import { wasShown } from "../domain/awaited-task.ts";
import { MiscountedListError, ProviderError } from "../domain/errors.ts";
import type { ListQuery, Rows, Sighting } from "../domain/provider.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isTerminal } from "../domain/task.ts";
import { observeRows } from "./observe.ts";
import { noteFirstSight } from "./overlap.ts";
import type { LatenessProbe } from "./overlap.ts";
import { readRecords } from "./read-records.ts";
import { errorToProblem, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";
import { holdsCheckpoint, namedIds } from "./unreadable.ts";

/** What all lists of one discovery have shown. */
export interface Sightings {
  /** Ids of the listed tasks, which need not be requested again. */
  readonly seen: Set<string>;
  readonly lateness: LatenessProbe;
}

/**
 * `incomplete`: only partly recorded. `refused`: as `incomplete`, and the provider would refuse this list again.
 * `stopped`: as `incomplete`, and this sweep should list nothing else.
 */
export type Outcome = "recorded" | "incomplete" | "refused" | "stopped";

/** Lists tasks and records every image task on every page. Reports failures. */
export async function listAndRecord(query: ListQuery, sightings: Sightings, sweep: TargetSweep): Promise<Outcome> {
  try {
    return await recordPages(query, sightings, sweep);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    // The next sweep finds rows that moved. A count that is always too high must not hold the checkpoint forever.
    if (error instanceof MiscountedListError) {
      sweep.report.unreadable += 1;
      return holdsCheckpoint([{ nativeId: null, reason: error.message }], sweep) ? "incomplete" : "recorded";
    }
    sweep.report.problems.push(errorToProblem(error));
    if (error.scope === "target") return "stopped";
    return error.kind === "bad-request" ? "refused" : "incomplete";
  }
}

async function recordPages(query: ListQuery, { seen, lateness }: Sightings, sweep: TargetSweep): Promise<Outcome> {
  const { provider, deps, run, report } = sweep;
  let complete = true;
  for await (const page of provider.list(query, run.signal)) {
    const shown = page.sightings.filter(
      (one) => (provider.discovers?.(one.task) ?? true) && (query.openOnly !== true || isOpen(one)),
    );
    const ids = shown.map(({ task }) => task.id);
    const { records: known, skipped } = await readRecords(ids, sweep);
    const wanted = shown.filter(({ task }) => !skipped.has(task.id));
    const rows: Rows = { sightings: wanted, unreadable: page.unreadable };
    const nowMs = deps.clock.now() + (provider.clockSkewMs() ?? 0);
    for (const { task } of wanted) {
      const record = known.get(task.id);
      if (record === undefined || !wasShown(record)) noteFirstSight(lateness, task, nowMs);
    }
    if (!(await observeRows(rows, known, sweep))) complete = false;
    if (holdsCheckpoint(page.unreadable, sweep)) complete = false;
    // Open tasks often also appear in a window. Count them once.
    report.listed += ids.filter((id) => !seen.has(id)).length;
    for (const { task } of shown) {
      const record = known.get(task.id);
      // A row of another task does not show that the recorded one still exists, so the sweep must still request it.
      if (record === undefined || !isAnotherTask(record.task, task)) seen.add(task.id);
    }
    for (const id of namedIds(page.unreadable, sweep)) seen.add(id);
    if (page.next !== null && isOutOfTime(sweep)) {
      report.finished = false;
      return "stopped";
    }
  }
  return complete ? "recorded" : "incomplete";
}

/** A provider that ignores the filter would list every task that ever ended. */
function isOpen({ task, needsDetail }: Sighting): boolean {
  return !needsDetail && !isTerminal(task.status);
}
