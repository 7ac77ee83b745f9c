import { ProviderError } from "../errors.ts";
import type { OpenTask, TaskRecord } from "../ledger.ts";
import type { Task } from "../task.ts";
import { applySight, applyStall } from "../transition.ts";
import { errorToProblem } from "./observe.ts";
import type { TargetSweep } from "./observe.ts";
import { publishRecords } from "./outbox.ts";
import { recordAndCount } from "./record.ts";
import type { OpenTaskSink } from "./reconcile.ts";

/** Keeps the few open tasks that need a closer look; all the others pass through without a trace. */
export interface CloserLook extends OpenTaskSink {
  /** Tasks whose progress has never been read, so that no movement could be told. */
  readonly unread: OpenTask[];
  /** Tasks of which no list has shown a movement for too long. */
  readonly still: OpenTask[];
}

export function createCloserLook({ provider, world }: TargetSweep): CloserLook {
  const { stallAfterMs, progressReadsPerSweep } = world.settings;
  const { reportsProgress } = provider.capabilities;
  const nowMs = world.clock.now();
  const unread: OpenTask[] = [];
  const still: OpenTask[] = [];
  return {
    unread,
    still,
    add(task) {
      if (reportsProgress && !task.detailRead) {
        if (unread.length < progressReadsPerSweep) unread.push(task);
      } else if (task.stalledAtMs === null && !task.missing && nowMs - task.lastMovedAtMs >= stallAfterMs) {
        if (still.length < progressReadsPerSweep) still.push(task);
      }
    },
  };
}

/** Reads progress where the provider has any, and records a stall where nothing has moved for the threshold. */
export async function lookCloser({ unread, still }: CloserLook, sweep: TargetSweep): Promise<void> {
  const { provider, world, run, report } = sweep;
  for (const open of [...still, ...unread]) {
    if (world.clock.now() >= run.stopAtMs) {
      report.finished = false;
      return;
    }
    try {
      const detail = provider.capabilities.reportsProgress
        ? await provider.get(open.nativeId, run.signal)
        : undefined;
      if (provider.capabilities.reportsProgress && detail === undefined) continue;
      await recordLook(open, detail, sweep);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      report.problems.push(errorToProblem(error, open.id));
      if (error.kind === "throttled" || error.kind === "unavailable") return;
    }
  }
}

async function recordLook(open: OpenTask, detail: Task | undefined, sweep: TargetSweep): Promise<void> {
  const { world, run, report } = sweep;
  const nowMs = world.clock.now();
  const known = (await world.ledger.readTasks([open.id], run.signal)).get(open.id);
  const apply = (record: TaskRecord | undefined): TaskRecord | undefined => {
    if (record === undefined) return undefined;
    const sight = { rowDigest: record.rowDigest, detail: true, nowMs, announceDiscovered: false };
    const moved = detail && applySight(record, { ...sight, task: detail });
    if (moved) return moved;
    return nowMs - record.lastMovedAtMs >= world.settings.stallAfterMs ? applyStall(record, nowMs) : undefined;
  };
  const written = await recordAndCount({ taskId: open.id, known, apply }, world, run, report);
  if (written === undefined) return;
  if (written.stalledAtMs === nowMs) report.stalled += 1;
  await publishRecords([written], world, run, report);
}
