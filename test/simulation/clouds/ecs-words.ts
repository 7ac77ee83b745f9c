import type { TrueTask } from "../truth.ts";
import { minuteTime } from "./view.ts";
import type { Row } from "./view.ts";

/** How ECS, and the ECS of an Apsara Stack, describe a task. */

function ecsWord({ task, state, unknownWord }: Row): string {
  if (unknownWord) return "Hibernating";
  if (state.phase === "pending") return "Waiting";
  if (state.phase === "running") return "Processing";
  switch (task.outcome) {
    case "succeeded":
    case "partly-failed":
      return "Finished";
    case "failed":
      return task.failsAsFinished ? "Finished" : "Failed";
    case "canceled":
      return "Deleted";
  }
}

export function ecsRow(row: Row): Record<string, unknown> {
  const { task, state, unreadable } = row;
  return {
    TaskId: task.nativeId,
    TaskAction: task.action,
    TaskStatus: unreadable ? null : ecsWord(row),
    SupportCancel: String(state.phase !== "ended"),
    ResourceId: task.imageId,
    CreationTime: minuteTime(task.createdAtMs),
    ...(state.phase === "ended" ? { FinishedTime: minuteTime(task.endsAtMs) } : {}),
  };
}

/** Counts and sub-operations, which distinguish a success from a failure. */
export function ecsDetail({ task, state }: Row): Record<string, unknown> {
  const counts = state.phase === "ended" ? countsOf(task) : { total: 1, good: 0, bad: 0 };
  return {
    TaskProcess: `${state.percent}%`,
    TotalCount: counts.total,
    SuccessCount: counts.good,
    FailedCount: counts.bad,
    OperationProgressSet: { OperationProgress: state.phase === "ended" ? operationsOf(task, counts) : [] },
  };
}

interface Counts {
  readonly total: number;
  readonly good: number;
  readonly bad: number;
}

function countsOf({ outcome }: TrueTask): Counts {
  switch (outcome) {
    case "succeeded":
      return { total: 1, good: 1, bad: 0 };
    case "partly-failed":
      return { total: 2, good: 1, bad: 1 };
    case "failed":
      return { total: 1, good: 0, bad: 1 };
    case "canceled":
      return { total: 1, good: 0, bad: 0 };
  }
}

function operationsOf(task: TrueTask, { good, bad }: Counts): unknown[] {
  const operations: unknown[] = [];
  for (let made = 0; made < good; made += 1) operations.push(operation("Success", "", ""));
  for (let made = 0; made < bad; made += 1) operations.push(operation("Failed", "ImportFailed", task.errorMessage));
  return operations;
}

function operation(OperationStatus: string, ErrorCode: string, ErrorMsg: string): unknown {
  return { OperationStatus, ErrorCode, ErrorMsg, RelatedItemSet: { RelatedItem: [] } };
}
