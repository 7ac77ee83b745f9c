import type { Operation, Task, TaskFailure } from "../../../domain/task.ts";
import type { EcsTask } from "./payload.ts";
import type { WordStatus } from "./words.ts";

export type Outcome = Pick<Task, "status" | "partial">;

type Counts = Pick<EcsTask, "TotalCount" | "SuccessCount" | "FailedCount">;
type OperationStatus = Pick<Operation, "status" | "nativeStatus">;

/** Finished is a success only when no sub-operation failed, and unknown when that cannot be read. */
export function outcomeOf(word: WordStatus, counts: Counts, operations: readonly OperationStatus[]): Outcome {
  if (word !== "finished" && word !== "failed") return { status: word, partial: false };
  if (word === "finished" && !someFailed(counts, operations)) {
    return { status: isInDoubt(counts, operations) ? "unknown" : "succeeded", partial: false };
  }
  const partial = (counts.SuccessCount ?? 0) > 0 || operations.some(({ status }) => status === "succeeded");
  return { status: "failed", partial };
}

function someFailed({ FailedCount }: Counts, operations: readonly OperationStatus[]): boolean {
  if (typeof FailedCount === "number" && FailedCount > 0) return true;
  return operations.some(({ status }) => status === "failed");
}

/** The failures cannot be counted, or are not counted while a sub-operation has no status. */
function isInDoubt({ FailedCount }: Counts, operations: readonly OperationStatus[]): boolean {
  if (FailedCount === "unreadable") return true;
  return FailedCount === null && operations.some(({ nativeStatus }) => nativeStatus === "");
}

/** For a task that ended as Finished with failures and without a reason: the counts that were given, and no more. */
export function countedFailure(counts: Counts, partial: boolean): TaskFailure {
  const { TotalCount, SuccessCount, FailedCount } = counts;
  const given = Object.entries({ FailedCount, SuccessCount, TotalCount });
  const said = given.filter(([, count]) => typeof count === "number").map(([name, count]) => `${name} ${count}`);
  return { code: partial ? "PartialFailure" : "Failed", message: said.join(", ") || "a sub-operation is Failed" };
}
