import type { TaskRecord } from "../../lib/domain/record.ts";
import type { SweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { Store } from "./simulated-store.ts";
import type { Simulation } from "./simulation.ts";
import { isImageTask, isListed, isVisible } from "./truth.ts";
import type { TrueTask } from "./truth.ts";

export interface End {
  readonly store: Store;
  /** Whether the fault-free period was long enough to report stalled and vanished tasks. */
  readonly thorough: boolean;
  readonly settings: SweepSettings;
  /** By the clock of the last sweep. */
  readonly ourNowMs: number;
}

/** What must hold after the faults have stopped and a few undisturbed sweeps have run. */
export function judgeTheEnd({ tasks, witness, timeline, faultPlan }: Simulation, end: End): void {
  const { store, thorough, settings, ourNowMs } = end;
  for (const { record } of store.all()) {
    if (record !== undefined && record.pending.length > 0) {
      witness.accuse("lost", `${record.task.id}: ${record.pending.length} events are still pending`);
    }
  }
  const completed = new Set<string>();
  for (const { event } of witness.onBus.values()) {
    if (event.type === "image-tasks.task.completed") completed.add(event.subject);
  }
  const times = { faultFreeFromMs: faultPlan.faultFreeFromMs, nowMs: timeline.now() };
  for (const task of tasks) {
    const record = store.recordOf(task.id);
    if (isOwed(task, record, times) && !completed.has(task.id)) {
      witness.accuse("lost", `${task.id} visibly ended as ${task.outcome}, but no completion was published`);
    }
    if (!thorough || record === undefined || record.tracking === "untracked" || record.task.done) continue;
    if (task.hidden.some(({ fromMs, toMs }) => fromMs < times.faultFreeFromMs && toMs === Infinity)) {
      witness.accuse("illegal", `${task.id} is permanently gone, but no vanished event was published`);
    } else if (task.hidden.length === 0 && record.stalledAtMs === null && isOverdue(record, settings, ourNowMs)) {
      witness.accuse("illegal", `${task.id} has stalled, but no stalled event was published`);
    }
  }
}

interface Times {
  readonly faultFreeFromMs: number;
  readonly nowMs: number;
}

function isOwed(task: TrueTask, record: TaskRecord | undefined, { faultFreeFromMs, nowMs }: Times): boolean {
  if (task.endsAtMs > faultFreeFromMs || !isVisible(task, faultFreeFromMs) || !isVisible(task, nowMs)) return false;
  if (record !== undefined) return record.tracking !== "untracked";
  // A task that was gone while the lists covered its time can no longer be found by them.
  return isImageTask(task) && isListed(task, faultFreeFromMs) && task.hidden.length === 0;
}

function isOverdue(record: TaskRecord, { stallAfterMs }: SweepSettings, ourNowMs: number): boolean {
  return ourNowMs - record.lastMovedAtMs >= stallAfterMs + 60_000;
}
