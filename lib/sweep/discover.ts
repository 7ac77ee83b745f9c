import type { Rows, Sighting } from "../provider.ts";
import { observeRows } from "./observe.ts";
import type { TargetSweep } from "./observe.ts";

export interface Discovery {
  /** Ids of the tasks that were listed, so that they need not be asked for again. */
  readonly seen: ReadonlySet<string>;
  /** Every task created before this time (epoch ms) is recorded; `null` when that is not yet so for any time. */
  readonly checkpointMs: number | null;
}

/**
 * Lists what was created since the checkpoint less the overlap, window by window, and records it. The checkpoint moves
 * over a window only when all of its pages are recorded and every row of them could be read.
 */
export async function discover(checkpointMs: number | null, sweep: TargetSweep): Promise<Discovery> {
  const { world, run, report } = sweep;
  const { overlapMs, firstLookbackMs, windowMs } = world.settings;
  const startedAtMs = world.clock.now();
  const seen = new Set<string>();
  let reachedMs = checkpointMs;
  let fromMs = checkpointMs === null ? startedAtMs - firstLookbackMs : checkpointMs - overlapMs;
  while (fromMs < startedAtMs) {
    const last = fromMs + windowMs >= startedAtMs;
    const toMs = last ? startedAtMs : fromMs + windowMs;
    const complete = await listWindow({ fromMs, toMs: last ? null : toMs }, seen, sweep);
    if (!complete) break;
    reachedMs = Math.max(reachedMs ?? toMs, toMs);
    fromMs = toMs;
    if (!last && world.clock.now() >= run.stopAtMs) {
      report.finished = false;
      break;
    }
  }
  return { seen, checkpointMs: reachedMs };
}

/** @returns false when the window is not wholly recorded. */
async function listWindow(
  { fromMs, toMs }: { fromMs: number; toMs: number | null },
  seen: Set<string>,
  sweep: TargetSweep,
): Promise<boolean> {
  const { provider, world, run, report } = sweep;
  const query = { createdAfter: new Date(fromMs), ...(toMs === null ? {} : { createdBefore: new Date(toMs) }) };
  let readable = true;
  for await (const page of provider.list(query, run.signal)) {
    const sightings = page.sightings.filter(isImageTask);
    const rows: Rows = { sightings, unreadable: page.unreadable };
    const ids = sightings.map(({ task }) => task.id);
    await observeRows(rows, await world.ledger.readTasks(ids, run.signal), sweep);
    for (const id of ids) seen.add(id);
    report.listed += sightings.length;
    if (page.unreadable.length > 0) readable = false;
    if (page.next !== null && world.clock.now() >= run.stopAtMs) {
      report.finished = false;
      return false;
    }
  }
  return readable;
}

/** Providers list disk and instance tasks too; those are followed only when somebody asks for them. */
function isImageTask({ task }: Sighting): boolean {
  return task.resource?.type !== "disk" && task.resource?.type !== "instance";
}
