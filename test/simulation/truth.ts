/** What is really so on the clouds, whatever their answers say. */

export type CloudName = "alibaba-ecs" | "apsara-route" | "tencent-ecm";
export type Outcome = "succeeded" | "failed" | "partly-failed" | "canceled";

export interface TrueTask {
  /** `<connection>:<region>:<nativeId>` */
  readonly id: string;
  readonly cloud: CloudName;
  readonly targetKey: string;
  readonly region: string;
  readonly nativeId: string;
  readonly imageId: string;
  readonly imageName: string;
  readonly action: string;
  readonly createdAtMs: number;
  /** A little later than its creation: lists lag behind. */
  readonly listedFromMs: number;
  readonly startsAtMs: number;
  /** `Infinity`: never. */
  readonly endsAtMs: number;
  /** Of a task that never ends: when its progress stops. */
  readonly stuckFromMs: number;
  readonly progressSteps: number;
  readonly outcome: Outcome;
  /** Older clouds say Finished of a failure and count it. */
  readonly failsAsFinished: boolean;
  readonly hidden: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly errorMessage: string;
}

export interface TrueState {
  readonly phase: "pending" | "running" | "ended";
  readonly percent: number;
}

export function stateAt(task: TrueTask, atMs: number): TrueState {
  if (atMs >= task.endsAtMs) return { phase: "ended", percent: 100 };
  if (atMs < task.startsAtMs) return { phase: "pending", percent: 0 };
  const end = Math.min(task.stuckFromMs, task.endsAtMs);
  const share = Math.min(1, (atMs - task.startsAtMs) / Math.max(1, end - task.startsAtMs));
  const top = task.stuckFromMs === Infinity ? 99 : 60;
  return { phase: "running", percent: Math.floor((Math.floor(share * task.progressSteps) / task.progressSteps) * top) };
}

/** As far as anybody can see it: only Alibaba's tell how far they are. */
export function movedBetween(task: TrueTask, fromMs: number, toMs: number): boolean {
  const before = stateAt(task, fromMs);
  const after = stateAt(task, toMs);
  return before.phase !== after.phase || (task.cloud === "alibaba-ecs" && before.percent !== after.percent);
}

/** Whether the cloud returns the task at all. */
export function isVisible(task: TrueTask, atMs: number): boolean {
  if (atMs < task.listedFromMs) return false;
  for (const { fromMs, toMs } of task.hidden) if (atMs >= fromMs && atMs < toMs) return false;
  return true;
}

/** Whether a list without ids shows it: Tencent's names the tasks of images that are not usable yet. */
export function isListed(task: TrueTask, atMs: number): boolean {
  if (!isVisible(task, atMs)) return false;
  return task.cloud !== "tencent-ecm" || atMs < task.endsAtMs || task.outcome !== "succeeded";
}

/** Disk and instance tasks are followed only when somebody asks for them. */
export function isImageTask(task: TrueTask): boolean {
  return task.action === "ImportImage" || task.action === "ExportImage";
}

/** The one word of our vocabulary for how it ended. */
export function statusOf(outcome: Outcome): "succeeded" | "failed" | "canceled" {
  return outcome === "partly-failed" ? "failed" : outcome;
}
