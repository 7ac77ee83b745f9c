/** The true state of the clouds, whatever their responses say. */

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
  /** A little after its creation, since lists lag behind. */
  readonly listedFromMs: number;
  readonly startsAtMs: number;
  /** `Infinity` if never. */
  readonly endsAtMs: number;
  /** When the progress stops, for a task that never ends. */
  readonly stuckFromMs: number;
  readonly progressSteps: number;
  readonly outcome: Outcome;
  /** Older clouds report Finished for a failure and count it. */
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

/** As visible from outside: only Alibaba's clouds report percentages. */
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

/** Whether a list without ids includes it: Tencent lists the tasks only of images that are not usable yet. */
export function isListed(task: TrueTask, atMs: number): boolean {
  if (!isVisible(task, atMs)) return false;
  return task.cloud !== "tencent-ecm" || atMs < task.endsAtMs || task.outcome !== "succeeded";
}

/** Disk and instance tasks are tracked only on request. */
export function isImageTask(task: TrueTask): boolean {
  return task.action === "ImportImage" || task.action === "ExportImage";
}

/** How it ended, in our own vocabulary. */
export function statusOf(outcome: Outcome): "succeeded" | "failed" | "canceled" {
  return outcome === "partly-failed" ? "failed" : outcome;
}
