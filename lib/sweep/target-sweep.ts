import type { Clock, RandomSource } from "../domain/clock.ts";
import { ProviderError } from "../domain/errors.ts";
import type { ErrorKind } from "../domain/errors.ts";
import type { Provider } from "../domain/provider.ts";
import type { VanishRule } from "../domain/transition.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { EventBus } from "./event-bus.ts";

/** How the sweep judges. Times in milliseconds. */
export interface SweepSettings {
  /** How far before its last checkpoint a discovery begins: minute resolution, clock skew and late rows. */
  readonly overlapMs: number;
  /** How far back the first discovery of a target looks. */
  readonly firstLookbackMs: number;
  /** The longest window listed at once; longer ones are cut, so that each part's end is a checkpoint. */
  readonly windowMs: number;
  readonly vanish: VanishRule;
  /** A task of which nothing has moved for this long is stalled. */
  readonly stallAfterMs: number;
  /** How many details of open tasks one sweep may read for the sake of their progress alone. */
  readonly progressReadsPerSweep: number;
  /** How long a failed task waits for a reason that cannot be read. */
  readonly reasonGraceMs: number;
  readonly announceDiscovered: boolean;
}

export const defaultSweepSettings: SweepSettings = {
  overlapMs: 15 * 60_000,
  firstLookbackMs: 24 * 60 * 60_000,
  windowMs: 6 * 60 * 60_000,
  vanish: { minSweeps: 3, minMs: 10 * 60_000, watchMs: 24 * 60 * 60_000 },
  stallAfterMs: 2 * 60 * 60_000,
  progressReadsPerSweep: 20,
  reasonGraceMs: 30 * 60_000,
  announceDiscovered: false,
};

/** Everything a sweep touches, as arguments. */
export interface SweepDependencies {
  readonly ledger: Ledger;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly settings: SweepSettings;
}

/** When to stop. */
export interface SweepRun {
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which no new work is started. */
  readonly stopAtMs: number;
}

export interface SweepProblem {
  /** `undelivered`: the bus did not take an event, which stays pending. */
  readonly kind: ErrorKind | "unreadable" | "undelivered" | "internal";
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
  published: number;
  refused: number;
  /** Tasks with an event that is still not on the bus. */
  pendingEvents: number;
  /** False: time ran out; the next sweep goes on from there. */
  finished: boolean;
  readonly problems: SweepProblem[];
}

/** One sweep of one target: what it works on, with what, until when, and what it did. */
export interface TargetSweep {
  readonly provider: Provider;
  readonly deps: SweepDependencies;
  readonly run: SweepRun;
  readonly report: TargetReport;
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
    published: 0,
    refused: 0,
    pendingEvents: 0,
    finished: true,
    problems: [],
  };
}

/** True when no new work may be started; the report says so. */
export function outOfTime(
  { clock }: Pick<SweepDependencies, "clock">,
  { stopAtMs }: SweepRun,
  report: TargetReport,
): boolean {
  if (clock.now() < stopAtMs) return false;
  report.finished = false;
  return true;
}

/** False: the provider is in no state to be asked for anything else either. */
export function isAboutWhatWasAsked({ kind }: ProviderError): boolean {
  return kind === "not-found" || kind === "bad-request" || kind === "malformed" || kind === "conflict";
}

export function errorToProblem(error: unknown, id: string | null = null): SweepProblem {
  if (!(error instanceof ProviderError)) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
    return { kind: "internal", code: null, message, requestId: null, taskId: id };
  }
  const { kind, code, message, requestId } = error;
  return { kind, code, message, requestId, taskId: id };
}

/** True: the target as a whole was not looked at, or only in part. */
export function isOutage({ kind, taskId }: SweepProblem): boolean {
  const kinds: readonly SweepProblem["kind"][] = ["throttled", "unauthorized", "unavailable", "internal"];
  return taskId === null && kinds.includes(kind);
}

/** Callers learn nothing of what went wrong inside; the log does. */
export function problemForCallers({ kind, message }: SweepProblem): string {
  return kind === "internal" ? "the sweep itself failed; its log says how" : message;
}
