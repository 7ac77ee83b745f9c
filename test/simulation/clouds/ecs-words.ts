import { poisonAt } from "../truth.ts";
import type { Evidence, PoisonKind, TrueTask } from "../truth.ts";
import { minuteTime } from "./view.ts";
import type { Row } from "./view.ts";

/** How ECS, and the ECS of an Apsara Stack, describe a task. */

export function ecsWord({ task, state, unknownWord }: Row): string {
  if (unknownWord) return "Hibernating";
  if (state.phase === "pending") return "Waiting";
  if (state.phase === "running") return "Processing";
  if (task.evidence !== null) return "Finished";
  switch (task.outcome) {
    case "succeeded":
    case "partly-failed":
    case "unproven":
      return "Finished";
    case "failed":
      return task.failsAsFinished ? "Finished" : "Failed";
    case "canceled":
      return "Deleted";
  }
}

export function ecsRow(row: Row): Record<string, unknown> {
  const { task, state, unreadable, atMs } = row;
  const poison = poisonAt(task, atMs);
  return {
    TaskId: poison === "row without an id" ? null : task.nativeId,
    TaskAction: task.action,
    TaskStatus: unreadable || poison === "row without a status" ? null : ecsWord(row),
    SupportCancel: String(state.phase !== "ended"),
    ResourceId: task.imageId,
    CreationTime: minuteTime(task.createdAtMs),
    ...(state.phase === "ended" ? { FinishedTime: minuteTime(task.endsAtMs) } : {}),
  };
}

/** Counts and sub-operations, which distinguish a success from a failure. */
export function ecsDetail({ task, state, atMs }: Row): Record<string, unknown> {
  if (state.phase === "ended" && task.evidence !== null) return evidenceOf(task.evidence);
  const times = { "large operations": 110, "many operations": 1_500 }[String(poisonAt(task, atMs))] ?? 1;
  const counts = state.phase === "ended" ? countsOf(task) : { total: 1, good: 0, bad: 0 };
  const operations = state.phase === "ended" ? operationsOf(task, counts, atMs) : [];
  return {
    TaskProcess: `${state.percent}%`,
    TotalCount: counts.total * times,
    SuccessCount: counts.good * times,
    FailedCount: counts.bad * times,
    OperationProgressSet: { OperationProgress: Array.from({ length: times }, () => operations).flat() },
  };
}

function evidenceOf({ operations, ...counts }: Evidence): Record<string, unknown> {
  const OperationProgressSet = operations && { OperationProgress: operations };
  return { TaskProcess: "100%", ...counts, OperationProgressSet };
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
    case "unproven":
      return { total: 1, good: 0, bad: 0 };
  }
}

function operationsOf(task: TrueTask, { good, bad }: Counts, atMs: number): unknown[] {
  const related = relatedOf(poisonAt(task, atMs));
  const operations: unknown[] = [];
  for (let made = 0; made < good; made += 1) operations.push(operation("Success", "", "", related));
  for (let made = 0; made < bad; made += 1)
    operations.push(operation("Failed", "ImportFailed", task.errorMessage, related));
  return operations;
}

const largeValue = "x".repeat(2_000);
const hugeValue = "x".repeat(500_000);

function relatedOf(poison: PoisonKind | null): unknown[] {
  if (poison === "large operations") return [{ Name: "Note", Value: largeValue }];
  return poison === "huge word" ? [{ Name: "Note", Value: hugeValue }] : [];
}

function operation(OperationStatus: string, ErrorCode: string, ErrorMsg: string, related: unknown[]): unknown {
  return { OperationStatus, ErrorCode, ErrorMsg, RelatedItemSet: { RelatedItem: related } };
}
