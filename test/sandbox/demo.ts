import type { CloudName } from "./exchange.ts";
import type { Ending, Plan } from "./task-state.ts";
import type { NewTask, SandboxTasks } from "./tasks.ts";

/** Continuous activity for local mode: tasks of every kind on all three clouds. */

export interface DemoOptions {
  /** Interval between rounds of new tasks, one per cloud. */
  readonly intervalMs: number;
  /** How long to keep a task that has ended or will never end. Default 30 minutes. */
  readonly keepMs?: number;
  /** Per cloud; the oldest are removed first. Default 500. */
  readonly maxTasks?: number;
}

const succeeds: Ending = { kind: "succeeded" };
const roleMissing: Ending = {
  kind: "failed",
  code: "NoSetRoletoECSServiceAccount",
  message: "ECS service account Have no right to access your OSS.",
  atPercent: 10,
};
const imageBroken: Ending = {
  kind: "failed",
  code: "InvalidImageFile",
  message: "The image file is damaged or not of a supported format.",
  atPercent: 65,
};
const halfDone: Ending = {
  kind: "partly-failed",
  succeeded: 2,
  failed: 1,
  code: "OSSWriteFailed",
  message: "One of the disk files could not be written to the bucket.",
};

interface Scene {
  readonly action: "ImportImage" | "ExportImage";
  readonly plan: Plan;
}

function scene(action: Scene["action"], pendingMs: number, runningMs: number, ending: Ending): Scene {
  return { action, plan: { pendingMs, runningMs, ending } };
}

/** The first tasks end within ten seconds, so that a new user soon sees a completion. */
const ecsScenes: readonly Scene[] = [
  scene("ImportImage", 2_000, 8_000, succeeds),
  scene("ExportImage", 3_000, 12_000, imageBroken),
  scene("ExportImage", 2_000, 45_000, halfDone),
  scene("ImportImage", 10_000, 120_000, succeeds),
  scene("ImportImage", 5_000, 60_000, { kind: "stalls" }),
  scene("ImportImage", 1_000, 4_000, roleMissing),
  scene("ExportImage", 2_000, 90_000, { kind: "canceled" }),
  scene("ImportImage", 5_000, 40_000, { kind: "vanishes" }),
];

const ecmScenes: readonly Scene[] = [
  scene("ImportImage", 2_000, 8_000, succeeds),
  scene("ImportImage", 3_000, 12_000, imageBroken),
  scene("ImportImage", 10_000, 120_000, succeeds),
  scene("ImportImage", 5_000, 60_000, { kind: "stalls" }),
  scene("ImportImage", 5_000, 40_000, { kind: "vanishes" }),
];

const scenesOf = {
  "alibaba-ecs": ecsScenes,
  "apsara-route": ecsScenes,
  "tencent-ecm": ecmScenes,
} as const satisfies Record<CloudName, readonly Scene[]>;

/** Runs a round immediately and then one per `intervalMs` until `stop()`. Does not keep the process alive. */
export function keepBusy(clouds: { readonly tasks: SandboxTasks }, options: DemoOptions): { stop(): void } {
  let round = 0;
  const playRound = () => {
    tidyUp(clouds.tasks, options);
    for (const task of tasksOfRound(round)) clouds.tasks.addTask(task);
    round += 1;
  };
  playRound();
  const timer = setInterval(playRound, options.intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

export function tasksOfRound(round: number): readonly NewTask[] {
  const clouds = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;
  return clouds.flatMap((cloud) => {
    const scenes = scenesOf[cloud];
    const next = scenes[round % scenes.length];
    return next === undefined ? [] : [{ cloud, action: next.action, plan: next.plan }];
  });
}

/** Keeps tasks that are still running and will end, unless there are too many. */
export function tidyUp(tasks: SandboxTasks, options: Pick<DemoOptions, "keepMs" | "maxTasks">): void {
  const keepMs = options.keepMs ?? 30 * 60_000;
  const maxTasks = options.maxTasks ?? 500;
  const counts: Record<CloudName, number> = { "alibaba-ecs": 0, "apsara-route": 0, "tencent-ecm": 0 };
  for (const { task, state } of tasks.all()) {
    const sinceMs = state.endedAtMs ?? (task.plan.ending.kind === "stalls" ? task.createdAtMs : null);
    const isOld = sinceMs !== null && tasks.now() - sinceMs > keepMs;
    counts[task.cloud] += 1;
    if (isOld || counts[task.cloud] > maxTasks) tasks.remove(task.cloud, task.nativeId);
  }
}
