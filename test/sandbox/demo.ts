import { type CloudName, cloudNames } from "./exchange.ts";
import type { Ending, Plan } from "./task-state.ts";
import type { NewTask, SandboxTasks } from "./tasks.ts";

/** Continuous activity for local mode: tasks of every kind on all three clouds. */

export interface DemoOptions {
  /** Interval between rounds of new tasks, at most one per cloud. */
  readonly intervalMs: number;
  /** How long a cloud keeps a task that has ended. Default two minutes. */
  readonly keepMs?: number;
  /** Per cloud; the oldest are removed first. Default 100. */
  readonly maxTasks?: number;
}

const succeeds: Ending = { kind: "succeeded" };

function fails(code: string, message: string, atPercent: number): Ending {
  return { kind: "failed", code, message, atPercent };
}

const roleMissing = fails("NoSetRoletoECSServiceAccount", "ECS service account Have no right to access your OSS.", 10);
const fileMissing = fails("InvalidOSSObject.NotFound", "The specified OSS object does not exist in this region.", 0);
const formatWrong = fails("InvalidImageFormat.Malformed", "The specified image format is not valid.", 65);
const quotaFull = fails("QuotaExceed.Image", "The quota of custom images in this region is exceeded.", 90);
const bucketClosed = fails("InvalidOSS.NotAuthorized", "You are not authorized to access the specified OSS bucket.", 5);
const imageEncrypted = fails(
  "ImageNotSupported",
  "The specified Image contains encrypted snapshots, do not support export.",
  0,
);
const halfDone: Ending = {
  kind: "partly-failed",
  succeeded: 2,
  failed: 1,
  code: "InvalidOSSBucket.FlowLimit",
  message: "The traffic of the specified OSS bucket exceeds the limit.",
};
/** Not explained anywhere, so that a new user sees this as well. */
const timedOut = fails("TaskTimeout", "The task has timed out.", 60);
/** ECM reports no code. */
const imageBroken = fails("", "The image file is damaged or not of a supported format.", 65);

interface Scene {
  readonly action: "ImportImage" | "ExportImage";
  readonly plan: Plan;
}

const stuck: Scene = {
  action: "ImportImage",
  plan: { pendingMs: 5_000, runningMs: 60_000, stuckMs: 120_000, ending: timedOut },
};

function scene(action: Scene["action"], pendingMs: number, runningMs: number, ending: Ending): Scene {
  return { action, plan: { pendingMs, runningMs, ending } };
}

interface Failures {
  readonly ofExport: Ending;
  readonly ofImports: readonly [Ending, Ending];
}

/** The first tasks end within ten seconds, so that a new user soon sees a completion. */
function ecsScenes({ ofExport, ofImports: [first, second] }: Failures): readonly Scene[] {
  return [
    scene("ImportImage", 2_000, 8_000, succeeds),
    scene("ExportImage", 3_000, 12_000, ofExport),
    scene("ExportImage", 2_000, 45_000, halfDone),
    scene("ImportImage", 10_000, 120_000, succeeds),
    stuck,
    scene("ImportImage", 1_000, 4_000, first),
    scene("ExportImage", 2_000, 90_000, { kind: "canceled" }),
    scene("ImportImage", 5_000, 30_000, second),
    scene("ImportImage", 5_000, 40_000, { kind: "vanishes" }),
  ];
}

const ecmScenes: readonly Scene[] = [
  scene("ImportImage", 2_000, 8_000, succeeds),
  scene("ImportImage", 3_000, 12_000, imageBroken),
  scene("ImportImage", 10_000, 120_000, succeeds),
  stuck,
  scene("ImportImage", 5_000, 40_000, { kind: "vanishes" }),
];

const scenesOf = {
  "alibaba-ecs": ecsScenes({ ofExport: bucketClosed, ofImports: [roleMissing, fileMissing] }),
  "apsara-route": ecsScenes({ ofExport: imageEncrypted, ofImports: [formatWrong, quotaFull] }),
  "tencent-ecm": ecmScenes,
} as const satisfies Record<CloudName, readonly Scene[]>;

/** The tasks that the README names. They are never removed. */
const exampleTasks = [
  {
    cloud: "alibaba-ecs",
    nativeId: "t-bp1hvgwromzv32iq",
    imageId: "m-bp1i8huqm5u7",
    action: "ExportImage",
    plan: {
      pendingMs: 10_000,
      runningMs: 24 * 60_000,
      ending: {
        kind: "partly-failed",
        succeeded: 1,
        failed: 1,
        code: "ParameterInvalid",
        message: "The specified OSS bucket does not exist.",
      },
    },
  },
  {
    cloud: "tencent-ecm",
    nativeId: "21",
    imageId: "img-c1p90f6q",
    imageName: "golden-2026-01",
    action: "ImportImage",
    plan: { pendingMs: 5_000, runningMs: 55_000, ending: succeeds },
  },
] as const satisfies readonly NewTask[];

/**
 * Adds the README's tasks where they are missing, runs a round immediately, and then one per `intervalMs` until
 * `stop()`. Does not keep the process alive.
 */
export function keepBusy(clouds: { readonly tasks: SandboxTasks }, options: DemoOptions): { stop(): void } {
  const { tasks } = clouds;
  const startedAtMs = tasks.now();
  let round = 0;
  const known = new Set(tasks.all().map(({ task }) => `${task.cloud} ${task.nativeId}`));
  for (const task of exampleTasks) if (!known.has(`${task.cloud} ${task.nativeId}`)) tasks.addTask(task);
  const playRound = () => {
    tidyUp(tasks, { ...options, startedAtMs });
    for (const task of tasksOfRound(round)) tasks.addTask(task);
    round += 1;
  };
  playRound();
  const timer = setInterval(playRound, options.intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** ECM gets a task in every fourth round only, since a list asks it for each task that runs or has failed. */
const roundsPerTask = { "alibaba-ecs": 1, "apsara-route": 1, "tencent-ecm": 4 } as const satisfies Record<
  CloudName,
  number
>;

export function tasksOfRound(round: number): readonly NewTask[] {
  return cloudNames.flatMap((cloud) => {
    const scenes = scenesOf[cloud];
    const turn = round / roundsPerTask[cloud];
    const next = Number.isInteger(turn) ? scenes[turn % scenes.length] : undefined;
    return next === undefined ? [] : [{ cloud, action: next.action, plan: next.plan }];
  });
}

interface TidyOptions extends Pick<DemoOptions, "keepMs" | "maxTasks"> {
  /** A task that ended before this time is kept as if it had ended at this time, so that a sweep can still see it. */
  readonly startedAtMs?: number;
}

/** As the real clouds do, forgets tasks that have ended. Those still running stay, unless there are too many. */
export function tidyUp(tasks: SandboxTasks, { keepMs = 120_000, maxTasks = 100, startedAtMs = 0 }: TidyOptions): void {
  const counts: Record<CloudName, number> = { "alibaba-ecs": 0, "apsara-route": 0, "tencent-ecm": 0 };
  for (const { task, state } of tasks.all()) {
    if (exampleTasks.some(({ cloud, nativeId }) => cloud === task.cloud && nativeId === task.nativeId)) continue;
    const isOld = state.endedAtMs !== null && tasks.now() - Math.max(state.endedAtMs, startedAtMs) > keepMs;
    counts[task.cloud] += 1;
    if (isOld || counts[task.cloud] > maxTasks) tasks.remove(task.cloud, task.nativeId);
  }
}
