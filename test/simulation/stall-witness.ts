import type { TaskCloudEvent } from "../../lib/domain/events.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import type { Process } from "./process.ts";
import { neverShownMs } from "./promise.ts";
import { isReadable, movedBetween } from "./truth.ts";
import type { TrueTask } from "./truth.ts";
import type { ViolationKind, WitnessOptions } from "./witness.ts";

/** Checks events that depend on how long something has lasted: stalled and vanished. */
export interface StallWitness {
  stalled(event: TaskCloudEvent, record: TaskRecord, by: Process): void;
  vanished(subject: string): void;
  sweepStarted(by: Process): void;
  restored(): void;
}

export function createStallWitness(
  { timeline, scenario, subjects, settings }: WitnessOptions,
  accuse: (kind: ViolationKind, text: string) => void,
): StallWitness {
  const { faultPlan, clocks } = scenario;
  const lastStall = new Map<string, number>();
  const startedAtMs = new WeakMap<Process, number>();
  // With clocks that jump, nobody can tell how long something has lasted.
  const clocksJump = clocks.length > 1;

  /** True if a response may have shown the task in a state that it was not in. */
  function wasMisshown(task: TrueTask, fromMs: number): boolean {
    if (faultPlan.cloudFaults > 0 && fromMs < faultPlan.faultFreeFromMs) return true;
    return !isReadable(task, fromMs) || !isReadable(task, timeline.now());
  }

  /** How long the task has been gone, and how long it must be. `undefined` if the cloud shows it. */
  function goneFor(task: TrueTask, nowMs: number): { ms: number; leastMs: number } | undefined {
    const gone = task.hidden.find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs - 60_000 < toMs);
    if (gone !== undefined) return { ms: nowMs - gone.fromMs, leastMs: settings.vanish.minMs };
    const askedAtMs = subjects.askedAtMs(task);
    if (askedAtMs === undefined || nowMs - 60_000 >= task.listedFromMs) return undefined;
    return { ms: nowMs - askedAtMs, leastMs: neverShownMs };
  }

  return {
    sweepStarted: (by) => startedAtMs.set(by, timeline.now()),
    restored: () => lastStall.clear(),
    stalled({ subject }, record, by) {
      const task = subjects.taskOf(subject);
      if (task === undefined || clocksJump) return;
      const nowMs = timeline.now();
      const sweepBeganMs = startedAtMs.get(by) ?? nowMs;
      // The clocks of two machines differ slightly.
      const fromMs = nowMs - settings.stallAfterMs + 10_000;
      const untilMs = Math.max(fromMs, sweepBeganMs);
      if (nowMs < task.listedFromMs) accuse("illegal", `${subject}: reported as stalled before the cloud showed it`);
      const moved = fromMs > task.createdAtMs ? movedBetween(task, fromMs, untilMs) : true;
      if (moved && !wasMisshown(task, fromMs)) accuse("illegal", `${subject}: reported as stalled while it progressed`);
      const key = `${subject} ${record.generation}`;
      const earlier = lastStall.get(key);
      if (earlier !== undefined && !movedBetween(task, earlier, nowMs) && !wasMisshown(task, earlier)) {
        accuse("illegal", `${subject}: two events for one stall`);
      }
      lastStall.set(key, nowMs);
    },
    vanished(subject) {
      const task = subjects.taskOf(subject);
      const nowMs = timeline.now();
      if (task === undefined || wasMisshown(task, nowMs - 24 * 3_600_000)) return;
      const gone = goneFor(task, nowMs);
      if (gone === undefined || gone.ms < (clocksJump ? 0 : gone.leastMs - 10_000))
        accuse("false", `${subject}: reported as vanished but still exists, or too early`);
    },
  };
}
