import { ProviderError } from "../domain/errors.ts";
import type { ListQuery, Rows, Sighting } from "../domain/provider.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isTerminal } from "../domain/task.ts";
import { observeRows } from "./observe.ts";
import { noteFirstSight } from "./overlap.ts";
import type { LatenessProbe } from "./overlap.ts";
import { errorToProblem, isAboutWhatWasAsked, isOutOfTime } from "./target-sweep.ts";
import type { TargetSweep } from "./target-sweep.ts";

/** What the lists of one discovery have shown together. */
export interface Sightings {
  /** Ids of the listed tasks, which need not be asked for again. */
  readonly seen: Set<string>;
  readonly lateness: LatenessProbe;
}

/**
 * `incomplete`: only partly recorded. `refused`: the same, and the provider would refuse this list again. `stopped`: the
 * same, and nothing else should be listed in this sweep.
 */
export type Outcome = "recorded" | "incomplete" | "refused" | "stopped";

/** Lists, and records every image task on every page. Failures are reported. */
export async function listAndRecord(query: ListQuery, sightings: Sightings, sweep: TargetSweep): Promise<Outcome> {
  try {
    return await recordPages(query, sightings, sweep);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    sweep.report.problems.push(errorToProblem(error));
    if (error.kind === "bad-request") return "refused";
    return isAboutWhatWasAsked(error) ? "incomplete" : "stopped";
  }
}

async function recordPages(query: ListQuery, { seen, lateness }: Sightings, sweep: TargetSweep): Promise<Outcome> {
  const { provider, deps, run, report } = sweep;
  let complete = true;
  for await (const page of provider.list(query, run.signal)) {
    const wanted = page.sightings.filter(
      (one) => (provider.discovers?.(one.task) ?? true) && (query.openOnly !== true || isOpen(one)),
    );
    const rows: Rows = { sightings: wanted, unreadable: page.unreadable };
    const ids = wanted.map(({ task }) => task.id);
    const known = await deps.ledger.readTasks(ids, run.signal);
    const nowMs = deps.clock.now() + (provider.clockSkewMs() ?? 0);
    for (const { task } of wanted) if (!known.has(task.id)) noteFirstSight(lateness, task, nowMs);
    if (!(await observeRows(rows, known, sweep))) complete = false;
    // The open tasks are often in a window as well.
    report.listed += ids.filter((id) => !seen.has(id)).length;
    for (const { task } of wanted) {
      const record = known.get(task.id);
      // A row of another task does not spare the recorded one the question whether it is still there.
      if (record === undefined || !isAnotherTask(record.task, task)) seen.add(task.id);
    }
    if (page.next !== null && isOutOfTime(sweep)) {
      report.finished = false;
      return "stopped";
    }
  }
  return complete ? "recorded" : "incomplete";
}

/** A provider that ignores the filter would list everything that ever ended. */
function isOpen({ task, needsDetail }: Sighting): boolean {
  return !needsDetail && !isTerminal(task.status);
}
