/** The state of a task at a given time: a pure function of its plan and the time. */

/** Values as they are written on the wire. A member that is left out is left out there. */
export interface Evidence {
  readonly counts?: { readonly TotalCount?: unknown; readonly SuccessCount?: unknown; readonly FailedCount?: unknown };
  readonly operations?: readonly unknown[];
}

export type Ending =
  | { readonly kind: "succeeded"; readonly strayError?: { readonly code: string; readonly message: string } }
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      /** The percentage reached, 0 to 100. Default 50. */
      readonly atPercent?: number;
      /** The older statuses have no `Failed`: such a cloud reports `Finished` and counts the failure. */
      readonly reportedAs?: "Failed" | "Finished";
    }
  | {
      readonly kind: "partly-failed";
      readonly succeeded: number;
      readonly failed: number;
      readonly code: string;
      readonly message: string;
    }
  /** ECS only: reported as `Finished`, with these counts and sub-operations and no others, true or not. */
  | ({ readonly kind: "finished" } & Evidence)
  | { readonly kind: "canceled" }
  /** Goes on running for ever at `atPercent`, default 60. */
  | { readonly kind: "stalls"; readonly atPercent?: number }
  /** The cloud stops returning it. */
  | { readonly kind: "vanishes" };

/** The plan of a task. All durations are in milliseconds and follow each other from its creation. */
export interface Plan {
  readonly pendingMs: number;
  readonly pausedMs?: number;
  readonly runningMs: number;
  /** How long it then stands still at the percentage of its ending before it ends. Default 0. */
  readonly stuckMs?: number;
  readonly ending: Ending;
  /** How long after its creation the cloud returns it nowhere, although it proceeds. Default 0. */
  readonly hiddenMs?: number;
  /** How long a cancellation takes once requested. Default 0. */
  readonly cancelTakesMs?: number;
  /** False if the cloud refuses to cancel it. Default true. */
  readonly cancelable?: boolean;
}

const endedPhases = ["succeeded", "failed", "partly-failed", "finished", "canceled", "vanished"] as const;
export type EndedPhase = (typeof endedPhases)[number];
export type Phase = "unborn" | "pending" | "paused" | "running" | EndedPhase;

export interface Timeline {
  readonly createdAtMs: number;
  readonly plan: Plan;
  readonly cancelRequestedAtMs: number | null;
}

export interface TaskState {
  readonly phase: Phase;
  readonly percent: number;
  readonly endedAtMs: number | null;
  readonly succeeded: number;
  readonly failed: number;
  readonly total: number;
}

export function hasEnded(phase: Phase): phase is EndedPhase {
  return (endedPhases as readonly string[]).includes(phase);
}

export function stateAt(timeline: Timeline, nowMs: number): TaskState {
  const { plan, createdAtMs } = timeline;
  const endMs = naturalEndMs(timeline);
  const cancelMs = canceledMs(timeline);
  if (nowMs < createdAtMs) return open(plan, "unborn", 0);
  if (cancelMs < endMs && nowMs >= cancelMs) return ended(plan, "canceled", cancelMs);
  if (nowMs >= endMs) return endedByPlan(plan, endMs);
  const pendingUntilMs = createdAtMs + plan.pendingMs;
  if (nowMs < pendingUntilMs) return open(plan, "pending", 0);
  const pausedUntilMs = pendingUntilMs + (plan.pausedMs ?? 0);
  if (nowMs < pausedUntilMs) return open(plan, "paused", 0);
  return open(plan, "running", percentAfter(plan, nowMs - pausedUntilMs));
}

function naturalEndMs({ plan, createdAtMs }: Timeline): number {
  if (plan.ending.kind === "stalls") return Number.POSITIVE_INFINITY;
  return createdAtMs + plan.pendingMs + (plan.pausedMs ?? 0) + plan.runningMs + (plan.stuckMs ?? 0);
}

function canceledMs({ plan, cancelRequestedAtMs }: Timeline): number {
  if (cancelRequestedAtMs === null) return Number.POSITIVE_INFINITY;
  return cancelRequestedAtMs + (plan.cancelTakesMs ?? 0);
}

function percentAfter(plan: Plan, elapsedMs: number): number {
  const share = plan.runningMs <= 0 ? 1 : Math.min(1, elapsedMs / plan.runningMs);
  return Math.min(99, Math.floor(share * topPercent(plan.ending)));
}

function topPercent(ending: Ending): number {
  if (ending.kind === "failed") return ending.atPercent ?? 50;
  if (ending.kind === "stalls") return ending.atPercent ?? 60;
  return 100;
}

function open(plan: Plan, phase: Phase, percent: number): TaskState {
  return { phase, percent, endedAtMs: null, succeeded: 0, failed: 0, total: totalOf(plan.ending) };
}

function ended(plan: Plan, phase: EndedPhase, endedAtMs: number): TaskState {
  return { phase, percent: 0, endedAtMs, succeeded: 0, failed: 0, total: totalOf(plan.ending) };
}

function endedByPlan(plan: Plan, endMs: number): TaskState {
  const { ending } = plan;
  switch (ending.kind) {
    case "succeeded":
      return { ...ended(plan, "succeeded", endMs), percent: 100, succeeded: 1 };
    case "failed":
      return { ...ended(plan, "failed", endMs), percent: topPercent(ending), failed: 1 };
    case "partly-failed": {
      const { succeeded, failed } = ending;
      return { ...ended(plan, "partly-failed", endMs), percent: 100, succeeded, failed };
    }
    case "finished":
      return { ...ended(plan, "finished", endMs), percent: 100 };
    case "canceled":
      return ended(plan, "canceled", endMs);
    case "vanishes":
      return ended(plan, "vanished", endMs);
    case "stalls":
      return open(plan, "running", topPercent(ending));
  }
}

function totalOf(ending: Ending): number {
  return ending.kind === "partly-failed" ? ending.succeeded + ending.failed : 1;
}
