import type { ProviderError } from "./errors.ts";
import { clockToleranceMs, notInFuture } from "./stored-time.ts";
import type { Task } from "./task.ts";

/** The detail that an open task waits for: for how long, and when to read it next. Pure. */

export interface AwaitedDetail {
  /** Since when the detail has been needed but unreadable, in epoch milliseconds. Restarts when the task moves. */
  readonly sinceMs: number;
  /** Consecutive failed reads. */
  readonly failures: number;
  /** Epoch milliseconds. The detail is not read again before this time. */
  readonly notBeforeMs: number;
  /** Why the last read failed or showed nothing new. `null` if no read was tried. */
  readonly problem: string | null;
}

const firstWaitMs = 60_000;
const longestWaitMs = 3_600_000;

/**
 * What a task waits for if its detail was not read. The wait doubles from one minute to one hour.
 * @param problem why the read failed; `null` if no read was tried, which leaves the wait unchanged
 */
export function awaitDetail(before: AwaitedDetail | undefined, problem: string | null, nowMs: number): AwaitedDetail {
  const known = before ?? { sinceMs: nowMs, failures: 0, notBeforeMs: nowMs, problem: null };
  const awaited = { ...known, sinceMs: notInFuture(known.sinceMs, nowMs) };
  if (problem === null) return known;
  const waitMs = Math.min(firstWaitMs * 2 ** awaited.failures, longestWaitMs);
  return { ...awaited, failures: awaited.failures + 1, notBeforeMs: nowMs + waitMs, problem };
}

/**
 * The task with the problem of its detail as its reason. A row's own reason would say only that a row is not enough.
 */
export function withDetailReason(task: Task, { problem }: AwaitedDetail): Task {
  return { ...task, statusReason: problem ?? "the detail has not been read yet" };
}

export function isDetailDue(awaited: AwaitedDetail | undefined, nowMs: number): boolean {
  if (awaited === undefined || nowMs >= awaited.notBeforeMs) return true;
  // A correct clock never postpones a read for longer than the longest wait.
  return awaited.notBeforeMs > nowMs + longestWaitMs + clockToleranceMs;
}

/** The problem is stored in the task's item, so it is kept short. */
const maxProblemLength = 300;

/** Why a read failed, as shown in the record and in the task's `statusReason`. */
export function detailProblem({ kind, code, message }: ProviderError): string {
  const text = `the detail cannot be read: ${code === null ? kind : `${kind} (${code})`}: ${message}`;
  return text.length <= maxProblemLength ? text : `${text.slice(0, maxProblemLength - 1).toWellFormed()}…`;
}
