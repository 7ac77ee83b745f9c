import { ProviderError } from "../domain/errors.ts";
import type { Rows } from "../domain/provider.ts";
import { isAnotherTask } from "../domain/same-task.ts";
import { isInFuture } from "../domain/stored-time.ts";
import { observeRows } from "./observe.ts";
import type { SweepProblem, SweepSettings, TargetSweep } from "./target-sweep.ts";
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
 *
 * All times are the provider's, because a task's time of creation is. Where a provider tells no time, ours must do.
 */
export async function discover(storedCheckpointMs: number | null, sweep: TargetSweep): Promise<Discovery> {
  const { provider, deps, report } = sweep;
  const { settings } = deps;
  const startedAtMs = deps.clock.now();
  // Asked for again after each window: a new process learns the provider's time with the first answer.
  const begin = () => beginningAt(startedAtMs + (provider.clockSkewMs() ?? 0), storedCheckpointMs, settings);
  const seen = new Set<string>();
  const firstFromMs = begin().fromMs;
  let fromMs = firstFromMs;
  let recordedToMs = firstFromMs;
  let held = false;
  while (fromMs < begin().nowMs) {
    const last = fromMs + settings.windowMs >= begin().nowMs;
    const toMs = last ? null : fromMs + settings.windowMs;
    const outcome = await listWindowOrReport({ fromMs, toMs }, seen, sweep);
    const { nowMs, fromMs: laterFromMs } = begin();
    const endMs = Math.min(toMs ?? nowMs, nowMs);
    if (outcome !== "recorded") held = true;
    if (!held) recordedToMs = endMs;
    if (outcome === "stopped") break;
    fromMs = Math.max(endMs, laterFromMs);
    if (!last && isOutOfTime(sweep)) {
      report.finished = false;
      break;
    }
  }
  const { nowMs, fromMs: neededFromMs, baseMs, isWrong } = begin();
  if (isWrong) report.problems.push(checkpointInFuture(storedCheckpointMs ?? nowMs, nowMs));
  // If the provider's time turned out to be earlier than ours, the next sweep lists what comes before the first window.
  return { seen, checkpointMs: firstFromMs <= neededFromMs ? Math.max(baseMs, recordedToMs) : baseMs };
}

interface Beginning {
  readonly nowMs: number;
  /** From where the sweep has to list. */
  readonly fromMs: number;
  /** The checkpoint if nothing can be listed. A look-back that slid along would skip tasks after an early outage. */
  readonly baseMs: number;
  /** The stored checkpoint is in the future, and so says nothing about what is recorded. */
  readonly isWrong: boolean;
}

function beginningAt(
  nowMs: number,
  checkpointMs: number | null,
  { overlapMs, firstLookbackMs }: SweepSettings,
): Beginning {
  const isWrong = checkpointMs !== null && isInFuture(checkpointMs, nowMs);
  if (checkpointMs === null || isWrong) {
    const fromMs = nowMs - firstLookbackMs;
    return { nowMs, fromMs, baseMs: fromMs, isWrong };
  }
  // The clocks of two machines differ by seconds, so a checkpoint may be a little later than now.
  return { nowMs, fromMs: Math.min(checkpointMs, nowMs) - overlapMs, baseMs: checkpointMs, isWrong };
}

function checkpointInFuture(checkpointMs: number, nowMs: number): SweepProblem {
  const minutes = Math.round((checkpointMs - nowMs) / 60_000);
  const message = `a wrong clock wrote a checkpoint ${minutes} minutes in the future; the sweep looks back as on its first run`;
  return { kind: "clock", code: null, message, requestId: null, taskId: null };
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
    const known = await deps.ledger.readTasks(ids, run.signal);
    if (!(await observeRows(rows, known, sweep))) complete = false;
    for (const { task } of sightings) {
      const record = known.get(task.id);
      // A row of another task does not spare the recorded one the question whether it is still there.
      if (record === undefined || !isAnotherTask(record.task, task)) seen.add(task.id);
    }
    report.listed += sightings.length;
    if (page.next !== null && isOutOfTime(sweep)) {
      report.finished = false;
      return "stopped";
    }
  }
  return complete ? "recorded" : "incomplete";
}
