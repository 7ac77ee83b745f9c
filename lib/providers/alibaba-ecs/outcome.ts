import type { Operation, Task, TaskFailure } from "../../domain/task.ts";
import type { TaskAttribute } from "./payload.ts";
import type { WordStatus } from "./words.ts";

export type Outcome = Pick<Task, "status" | "partial" | "error">;

type Counts = Pick<TaskAttribute, "TotalCount" | "SuccessCount" | "FailedCount">;

/** Finished is a success only when no sub-operation failed, and unknown when that cannot be read. */
export function outcomeOf(status: WordStatus, counts: Counts, operations: readonly Operation[]): Outcome {
  const someCounted = typeof counts.FailedCount === "number" && counts.FailedCount > 0;
  const someFailed = someCounted || operations.some((operation) => operation.status === "failed");
  if (status === "finished" && !someFailed) {
    return { status: isInDoubt(counts, operations) ? "unknown" : "succeeded", partial: false, error: null };
  }
  if (status !== "finished" && status !== "failed") return { status, partial: false, error: null };
  const partial = (counts.SuccessCount ?? 0) > 0 || operations.some((operation) => operation.status === "succeeded");
  const given = operations.find((operation) => operation.error !== null)?.error ?? null;
  const error = given ?? (status === "finished" ? countedFailure(counts, partial) : null);
  return { status: "failed", partial, error };
}

/** A count of failures that is none, or a sub-operation without a status where no count of zero stands beside it. */
function isInDoubt({ FailedCount }: Counts, operations: readonly Operation[]): boolean {
  if (FailedCount === "unreadable") return true;
  return FailedCount === null && operations.some(({ nativeStatus }) => nativeStatus === "");
}

/** For a task that ended as Finished with failures and no reason: says the counts that were given, and no more. */
function countedFailure({ TotalCount, SuccessCount, FailedCount }: Counts, partial: boolean): TaskFailure {
  const given = Object.entries({ FailedCount, SuccessCount, TotalCount });
  const counts = given.filter(([, count]) => typeof count === "number");
  const said = counts.map(([name, count]) => `${name} ${count}`).join(", ");
  return { code: partial ? "PartialFailure" : "Failed", message: said || "a sub-operation is Failed" };
}
