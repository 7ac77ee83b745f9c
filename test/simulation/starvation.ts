import type { TaskRecord } from "../../lib/domain/record.ts";
import { isQuiet } from "./fault-plan.ts";
import { isTimely } from "./promise.ts";
import type { Scenario } from "./scenario.ts";
import { hourMs } from "./scenario.ts";
import type { Store } from "./simulated-store.ts";
import type { Subjects } from "./subjects.ts";
import { isImageTask, isListed, isPassedOver, isReadable, isVisible } from "./truth.ts";
import type { TrueTask } from "./truth.ts";

/**
 * Notices a target that makes no progress for an hour while its cloud responds: an ending that every response shows, but
 * that no event tells, or a checkpoint that stays where it is.
 */
export interface StarvationWitness {
  completed(task: TrueTask): void;
  sweepEnded(nowMs: number): void;
}

interface Wait {
  readonly sinceMs: number;
  sweeps: number;
}

const longestWaitMs = hourMs;
/** What cannot be read may hold the checkpoint for an hour. */
const longestHoldMs = 2 * hourMs + 15 * 60_000;
const fewestSweeps = 3;

export interface StarvationOptions {
  readonly scenario: Scenario;
  readonly subjects: Subjects;
  readonly store: Pick<Store, "get" | "recordOf">;
  accuse(text: string): void;
}

export function createStarvationWitness({ scenario, subjects, store, accuse }: StarvationOptions): StarvationWitness {
  // Elsewhere a call that fails now and then may delay anything.
  if (!isQuiet(scenario.faultPlan) || hasJumpingClocks(scenario)) return { completed() {}, sweepEnded() {} };
  const told = new Set<TrueTask>();
  const waits = new Map<TrueTask, Wait>();
  const holds = new Map<string, Wait & { readonly checkpointMs: number }>();
  const targets = new Set(scenario.tasks.map(({ targetKey }) => targetKey));
  const accused = new Set<unknown>();

  function isWaiting(task: TrueTask, nowMs: number): boolean {
    if (told.has(task) || task.outcome === "unproven" || nowMs < task.endsAtMs) return false;
    if (!isReadable(task, nowMs) || !isVisible(task, nowMs) || task.hidden.length > 0) return false;
    if (!subjects.isConfigured(task.targetKey, nowMs)) return false;
    const record = recordOf(task);
    if (record !== undefined) return record.tracking !== "untracked" && !record.task.done;
    if (isPassedOver(task, scenario.slots[0]?.atMs ?? 0)) return false;
    return isImageTask(task) && isListed(task, nowMs) && isTimely(task, scenario);
  }

  function recordOf(task: TrueTask): TaskRecord | undefined {
    return subjects
      .idsOf(task)
      .map(store.recordOf)
      .find((record) => record !== undefined);
  }

  function checkTasks(nowMs: number): void {
    for (const task of scenario.tasks) {
      if (!isWaiting(task, nowMs)) {
        waits.delete(task);
        continue;
      }
      const wait = waits.get(task) ?? { sinceMs: nowMs, sweeps: 0 };
      waits.set(task, wait);
      wait.sweeps += 1;
      if (nowMs - wait.sinceMs < longestWaitMs || wait.sweeps <= fewestSweeps || accused.has(task)) continue;
      accused.add(task);
      accuse(`${task.id} visibly ended, but for an hour no event said so`);
    }
  }

  function checkCheckpoints(nowMs: number): void {
    for (const key of targets) {
      const checkpointMs = store.get(`#target#${key}`)?.["checkpointMs"];
      if (typeof checkpointMs !== "number" || !subjects.isConfigured(key, nowMs)) {
        holds.delete(key);
        continue;
      }
      const before = holds.get(key);
      const hold = before?.checkpointMs === checkpointMs ? before : { sinceMs: nowMs, sweeps: 0, checkpointMs };
      holds.set(key, hold);
      hold.sweeps += 1;
      if (nowMs - hold.sinceMs < longestHoldMs || hold.sweeps <= fewestSweeps || accused.has(key)) continue;
      accused.add(key);
      accuse(`the checkpoint of ${key} has not moved for two hours`);
    }
  }

  return {
    completed: (task) => told.add(task),
    sweepEnded(nowMs) {
      if (isAnythingDown(scenario, nowMs)) {
        waits.clear();
        holds.clear();
        return;
      }
      checkTasks(nowMs);
      checkCheckpoints(nowMs);
    },
  };
}

function hasJumpingClocks({ clocks }: Scenario): boolean {
  return clocks.length > 1;
}

function isAnythingDown({ faultPlan, restores }: Scenario, nowMs: number): boolean {
  const down = faultPlan.outages.some(({ fromMs, toMs }) => nowMs >= fromMs && nowMs - 10 * 60_000 < toMs);
  return down || restores.some(({ atMs }) => atMs <= nowMs && nowMs < atMs + hourMs);
}
