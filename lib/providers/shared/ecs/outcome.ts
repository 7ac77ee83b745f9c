import type { Operation, Task, TaskFailure, TaskStatus } from "../../../domain/task.ts";
import type { EcsTask } from "./payload.ts";

/** How a task ended. `docs/finished.md` defines the rule and lists every combination. */
export type Outcome = Pick<Task, "status" | "statusReason" | "partial" | "error">;

type Counts = Pick<EcsTask, "TotalCount" | "SuccessCount" | "FailedCount">;

/** The outcome for a status that counts and sub-operations do not change. */
export function outcomeOfStatus(status: TaskStatus): Outcome {
  return { status, statusReason: null, partial: false, error: null };
}

function unknownBecause(statusReason: string): Outcome {
  return { ...outcomeOfStatus("unknown"), statusReason };
}

/** The outcome of a task that ended without evidence of how. */
export const unproven: Outcome = unknownBecause("neither counts nor sub-operations tell how it ended");
const success: Outcome = outcomeOfStatus("succeeded");

/** The outcome of a task with status `Finished`, by the nine lines of the rule. */
export function outcomeOfFinished(counts: Counts, operations: readonly Operation[]): Outcome {
  const { TotalCount: total, SuccessCount: succeeded, FailedCount: failed } = counts;
  const some = (status: Operation["status"]): boolean => operations.some((operation) => operation.status === status);

  if (isAbove(failed, 0) || some("failed")) return countedFailure(counts, operations);
  if (some("running")) return unknownBecause("a sub-operation still runs");
  if ([total, succeeded, failed].includes("unreadable")) return unknownBecause("a count cannot be read");
  if (isAbove(total, succeeded)) return countedFailure(counts, operations);
  if (isAbove(succeeded, total)) return unknownBecause("the counts contradict each other");
  if (some("unknown")) return unknownBecause("a sub-operation has no status");
  if (isAbove(total, 0) && succeeded === total) return success;
  const countsMoreThanThere = [total, succeeded, failed].some((count) => isAbove(count, operations.length));
  if (operations.length > 0 && !countsMoreThanThere) return success;
  return unproven;
}

/** True if the response has neither counts nor sub-operations, so it cannot prove an outcome. */
export function hasNoEvidence(
  { TotalCount, SuccessCount, FailedCount }: Counts,
  operations: readonly Operation[],
): boolean {
  return operations.length === 0 && [TotalCount, SuccessCount, FailedCount].every((count) => count === null);
}

/** The outcome of a task with status `Failed`. Its counts are not a reason. */
export function outcomeOfFailed(counts: Counts, operations: readonly Operation[]): Outcome {
  const partial = isPartial(counts, operations);
  return { status: "failed", statusReason: null, partial, error: givenFailure(operations) };
}

/** Prefers the reason that the provider gave. Otherwise, the counts are the reason. */
function countedFailure(counts: Counts, operations: readonly Operation[]): Outcome {
  const outcome = outcomeOfFailed(counts, operations);
  const code = outcome.partial ? "PartialFailure" : "Failed";
  return { ...outcome, error: outcome.error ?? { code, message: countsAsText(counts) } };
}

function givenFailure(operations: readonly Operation[]): TaskFailure | null {
  return operations.find(({ error }) => error !== null)?.error ?? null;
}

function isPartial({ SuccessCount }: Counts, operations: readonly Operation[]): boolean {
  return isAbove(SuccessCount, 0) || operations.some(({ status }) => status === "succeeded");
}

function countsAsText({ FailedCount, SuccessCount, TotalCount }: Counts): string {
  const named = Object.entries({ FailedCount, SuccessCount, TotalCount });
  const given = named.filter(([, count]) => typeof count === "number").map(([name, count]) => `${name} ${count}`);
  return given.join(", ") || "a sub-operation did not succeed";
}

type Count = Counts["TotalCount"];

/** False if either count is missing or unreadable. */
function isAbove(one: Count, other: Count): boolean {
  return typeof one === "number" && typeof other === "number" && one > other;
}
