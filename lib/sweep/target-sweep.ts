import type { Clock, RandomSource } from "../domain/clock.ts";
import { ProviderError, errorKinds } from "../domain/errors.ts";
import type { ErrorKind } from "../domain/errors.ts";
import type { Explain } from "../domain/explanation.ts";
import type { Provider } from "../domain/provider.ts";
import type { TaskFailure } from "../domain/task.ts";
import type { VanishRule } from "../domain/transition.ts";
import { UnreadableItemError } from "../ledger/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { DetailReader } from "./detail-reader.ts";
import type { EventBus } from "./event-bus.ts";

/** Thresholds and limits of a sweep. Times in milliseconds. */
export interface SweepSettings {
  /**
   * The minimum overlap: how far before the last checkpoint a discovery begins. Covers minute resolution and late rows.
   */
  readonly overlapMs: number;
  /** The maximum overlap, however late rows become visible. */
  readonly longestOverlapMs: number;
  /** How often all open tasks are listed, regardless of their creation time. */
  readonly openListEveryMs: number;
  /** How far back the first discovery of a target looks. */
  readonly firstLookbackMs: number;
  /** The longest window listed at once. Longer ones are split, and the end of each part is a checkpoint. */
  readonly windowMs: number;
  readonly vanish: VanishRule;
  /** A task that has not moved for this long is stalled. */
  readonly stallAfterMs: number;
  /** How many details one sweep may read only to see the progress of open tasks. */
  readonly progressReadsPerSweep: number;
  /** How long one sweep keeps starting detail reads. Never longer than a third of its available time. */
  readonly detailBudgetMs: number;
  /** How long the completion of a failed task waits for a reason that cannot be read yet. */
  readonly reasonGraceMs: number;
  readonly announceDiscovered: boolean;
  /** How long the ledger keeps the record of an ended task. */
  readonly retentionMs: number;
  /**
   * How long a sweep holds its target without a renewal. The maximum delay that a killed sweep causes for its target.
   */
  readonly leaseMs: number;
}

export const defaultSweepSettings: SweepSettings = {
  overlapMs: 15 * 60_000,
  longestOverlapMs: 6 * 60 * 60_000,
  openListEveryMs: 60 * 60_000,
  firstLookbackMs: 24 * 60 * 60_000,
  windowMs: 6 * 60 * 60_000,
  vanish: { minSweeps: 3, minMs: 10 * 60_000, neverShownMs: 30 * 60_000, watchMs: 24 * 60 * 60_000 },
  stallAfterMs: 2 * 60 * 60_000,
  progressReadsPerSweep: 20,
  detailBudgetMs: 90_000,
  reasonGraceMs: 30 * 60_000,
  announceDiscovered: false,
  retentionMs: 90 * 24 * 60 * 60_000,
  leaseMs: 90_000,
};

/** The dependencies of a sweep other than the provider. */
export interface SweepDependencies {
  readonly ledger: Ledger;
  readonly bus: EventBus;
  readonly explain: Explain;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly settings: SweepSettings;
}

/** The deadlines of one sweep. */
export interface SweepRun {
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which no new work is started. */
  readonly stopAtMs: number;
}

export interface SweepProblem {
  /**
   * `undelivered`: the bus did not accept an event, which stays pending. `unconfigured`: the target is no longer
   * configured, but the ledger holds open tasks or pending events for it. `clock`: a stored time is in the future.
   * `unreadable-item`: an item of the ledger cannot be read.
   */
  readonly kind: ErrorKind | "unreadable" | "undelivered" | "unconfigured" | "clock" | "unreadable-item" | "internal";
  readonly code: string | null;
  readonly message: string;
  readonly requestId: string | null;
  readonly taskId: string | null;
}

/** What one sweep of one target did, for the log line and the alarm. */
export interface TargetReport {
  readonly target: string;
  listed: number;
  reconciled: number;
  changed: number;
  completed: number;
  vanished: number;
  stalled: number;
  unknown: number;
  /** Completed tasks with a failure that nothing explains. */
  unexplained: number;
  /** The first of these failures, for the log. They are credential-free, as every text of a provider is. */
  readonly unexplainedFailures: TaskFailure[];
  /** Unreadable rows, with and without an id. */
  unreadable: number;
  /** Listed rows whose id is also unreadable. */
  nameless: number;
  /** Since when (epoch ms) lists have contained such rows. */
  namelessSinceMs: number | null;
  /**
   * Tasks that still wait for an unreadable detail after they were reported as stalled. They are no longer a problem.
   */
  detailUnreadable: number;
  /** Items of the ledger that cannot be read, as far as this sweep met them, and copies of replaced ones. */
  unreadableItems: number;
  /** Unreadable items that this sweep has replaced. */
  replacedItems: number;
  /** The task ids of the unreadable items that this sweep has met and not replaced. Not logged. */
  readonly unreadableIds: Set<string>;
  published: number;
  refused: number;
  /** Tasks with an event that the bus has not accepted yet. */
  pendingEvents: number;
  /** True if the target is no longer configured, so its provider was not called. */
  readonly unconfigured: boolean;
  /** Open tasks of an unconfigured target, which are no longer followed. Counted up to `maxCountedTasks`. */
  strandedTasks: number;
  /** The difference between the provider's clock and ours. `null` if the provider gave no time. */
  clockSkewSeconds: number | null;
  /** False if work is left for the next sweep because time ran out or a step failed. */
  finished: boolean;
  /** True if another sweep holds the target, so this one did nothing. */
  skipped: boolean;
  /** 1 if a skipped target has had no complete sweep for ten minutes, otherwise 0. */
  overdue: number;
  readonly problems: SweepProblem[];
}

/** One sweep of one target: its provider, dependencies, deadlines, detail reader, and report. */
export interface TargetSweep {
  readonly provider: Provider;
  readonly deps: SweepDependencies;
  readonly run: SweepRun;
  readonly report: TargetReport;
  readonly details: DetailReader;
}

export function emptyReport(target: string): TargetReport {
  return {
    target,
    listed: 0,
    reconciled: 0,
    changed: 0,
    completed: 0,
    vanished: 0,
    stalled: 0,
    unknown: 0,
    unexplained: 0,
    unexplainedFailures: [],
    unreadable: 0,
    nameless: 0,
    namelessSinceMs: null,
    detailUnreadable: 0,
    unreadableItems: 0,
    replacedItems: 0,
    unreadableIds: new Set(),
    published: 0,
    refused: 0,
    pendingEvents: 0,
    unconfigured: false,
    strandedTasks: 0,
    clockSkewSeconds: null,
    finished: true,
    skipped: false,
    overdue: 0,
    problems: [],
  };
}

/** True if no new work may be started. A caller that skips work for this reason sets `report.finished` to false. */
export function isOutOfTime({ deps, run }: Pick<TargetSweep, "deps" | "run">): boolean {
  return deps.clock.now() >= run.stopAtMs;
}

export function unreadableItem(message: string, taskId: string | null): SweepProblem {
  return { kind: "unreadable-item", code: null, message, requestId: null, taskId };
}

export function errorToProblem(error: unknown, id: string | null = null): SweepProblem {
  if (error instanceof UnreadableItemError) return unreadableItem(error.message, id);
  if (!(error instanceof ProviderError)) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
    return { kind: "internal", code: null, message, requestId: null, taskId: id };
  }
  const { kind, code, message, requestId } = error;
  return { kind, code, message, requestId, taskId: id };
}

/**
 * True if the problem kept the sweep from seeing the whole target: any failed list or batch. A problem with a single
 * task or its detail does not, and neither do unreadable rows or events that the bus refuses.
 */
export function isOutage({ kind, taskId }: SweepProblem): boolean {
  const kinds: readonly SweepProblem["kind"][] = [...errorKinds, "internal"];
  return taskId === null && kinds.includes(kind);
}

/** Hides internal errors from callers. The log has the full text. */
export function problemForCallers({ kind, message }: SweepProblem): string {
  return kind === "internal" ? "the sweep itself failed; the reason is in its log" : message;
}
