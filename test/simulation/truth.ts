/** The true state of the clouds, whatever their responses say. */

export type CloudName = "alibaba-ecs" | "apsara-route" | "tencent-ecm";
/** `unproven`: neither counts nor sub-operations tell how it ended. */
export type Outcome = "succeeded" | "failed" | "partly-failed" | "canceled" | "unproven";

/** What Finished comes with. `undefined` is a missing member. */
export interface Evidence {
  readonly TotalCount: unknown;
  readonly SuccessCount: unknown;
  readonly FailedCount: unknown;
  readonly operations: readonly { readonly OperationStatus?: unknown; readonly ErrorCode?: string }[] | undefined;
}

/** What is wrong with the responses about one task. */
export type PoisonKind =
  | "row without a status"
  | "row without an id"
  | "large operations"
  | "many operations"
  | "huge word"
  | "detail forbidden"
  | "detail malformed"
  | "detail times out"
  | "detail throttled";

interface Poison {
  readonly kind: PoisonKind;
  readonly fromMs: number;
  readonly toMs: number;
}

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
  /** `null`: what fits the outcome. */
  readonly evidence: Evidence | null;
  readonly poison: Poison | null;
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

/** Disk, instance, and snapshot tasks are tracked only on request. All others are discovered. */
export function isImageTask({ action }: TrueTask): boolean {
  return !["ModifyDiskSpec", "RedeployInstance", "ArchiveSnapshot"].includes(action);
}

/**
 * True when the row had no readable id for longer than the checkpoint waits for it. When it becomes readable later, its
 * window is no longer listed.
 */
export function isPassedOver({ poison, createdAtMs }: TrueTask, firstSweepMs: number): boolean {
  if (poison?.kind !== "row without an id") return false;
  return poison.toMs - Math.max(poison.fromMs, createdAtMs, firstSweepMs) > 3_600_000;
}

export function poisonAt({ poison }: TrueTask, atMs: number): PoisonKind | null {
  return poison !== null && atMs >= poison.fromMs && atMs < poison.toMs ? poison.kind : null;
}

/** Whether the responses at that time say how the task ended. */
export function isReadable(task: TrueTask, atMs: number): boolean {
  const kind = poisonAt(task, atMs);
  if (kind === null || /^(?:large|many|huge) /.test(kind)) return true;
  // The word Deleted says everything.
  return kind.startsWith("detail ") && task.outcome === "canceled";
}

/** How it ended, in our own vocabulary. `null`: it does not say. */
export function statusOf(outcome: Outcome): "succeeded" | "failed" | "canceled" | null {
  if (outcome === "unproven") return null;
  return outcome === "partly-failed" ? "failed" : outcome;
}
