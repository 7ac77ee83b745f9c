import type { Operation, Task, TaskFailure } from "../../task.ts";
import type { TaskAttribute } from "./payload.ts";
import type { WordStatus } from "./words.ts";

export type Outcome = Pick<Task, "status" | "partial" | "error">;

type Counts = Pick<TaskAttribute, "TotalCount" | "SuccessCount" | "FailedCount">;

/** Finished is a success only when no sub-operation failed. */
export function outcomeOf(status: WordStatus, counts: Counts, operations: readonly Operation[]): Outcome {
  const someFailed = (counts.FailedCount ?? 0) > 0 || operations.some((operation) => operation.status === "failed");
  if (status === "finished" && !someFailed) return { status: "succeeded", partial: false, error: null };
  if (status !== "finished" && status !== "failed") return { status, partial: false, error: null };
  const partial = (counts.SuccessCount ?? 0) > 0 || operations.some((operation) => operation.status === "succeeded");
  const given = operations.find((operation) => operation.error !== null)?.error ?? null;
  const error = given ?? (status === "finished" ? countedFailure(counts, partial) : null);
  return { status: "failed", partial, error };
}

/** For a task that ended as Finished with failures and no reason: says the counts that were given, and no more. */
function countedFailure({ TotalCount, SuccessCount, FailedCount }: Counts, partial: boolean): TaskFailure {
  const counts = Object.entries({ FailedCount, SuccessCount, TotalCount }).filter(([, count]) => count !== null);
  const said = counts.map(([name, count]) => `${name} ${count}`).join(", ");
  return { code: partial ? "PartialFailure" : "Failed", message: said || "a sub-operation is Failed" };
}
