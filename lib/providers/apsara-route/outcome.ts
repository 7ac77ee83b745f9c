import type { Operation, Progress, TaskFailure, TaskStatus } from "../../domain/task.ts";
import { taskText } from "../shared/redaction.ts";
import { membersOf, OperationProgress, RelatedItem } from "./payload.ts";
import type { TaskRow } from "./payload.ts";
import { statusOf } from "./words.ts";

export interface Outcome {
  readonly status: TaskStatus;
  readonly partial: boolean;
  readonly error: TaskFailure | null;
  readonly progress: Progress;
  readonly operations: readonly Operation[];
}

/** `Finished` is a success only when nothing in it has failed, and unknown when that cannot be read. */
export function outcomeOf(row: TaskRow): Outcome {
  const operations = operationsOf(row.OperationProgressSet);
  const progress = progressOf(row);
  const said = statusOf(row.TaskStatus, row.TaskAction ?? "");
  const broken = operations.filter((operation) => operation.status === "failed");
  const finishedBroken = said === "succeeded" && ((progress.failed ?? 0) > 0 || broken.length > 0);
  const finished = isInDoubt(row, operations) ? "unknown" : "succeeded";
  const status = finishedBroken ? "failed" : said === "succeeded" ? finished : said;
  if (status !== "failed") return { status, partial: false, error: null, progress, operations };
  const someSucceeded = (progress.succeeded ?? 0) > 0 || operations.some(({ status: own }) => own === "succeeded");
  const error = broken.find((operation) => operation.error !== null)?.error ?? null;
  return { status, partial: someSucceeded, error, progress, operations };
}

/** A count of failures that is none, or a sub-operation without a status where no count of zero stands beside it. */
function isInDoubt({ FailedCount }: TaskRow, operations: readonly Operation[]): boolean {
  if (FailedCount === "unreadable") return true;
  return FailedCount === null && operations.some(({ nativeStatus }) => nativeStatus === "");
}

function progressOf(row: TaskRow): Progress {
  const percent = /^(\d{1,9}(?:\.\d{1,9})?)\s*%?$/.exec((row.TaskProcess ?? "").trim())?.[1];
  return {
    percent: percent === undefined ? null : Math.min(100, Number(percent)),
    succeeded: row.SuccessCount,
    failed: row.FailedCount === "unreadable" ? null : row.FailedCount,
    total: row.TotalCount,
  };
}

function operationsOf(set: unknown): readonly Operation[] {
  const members = membersOf(set, "OperationProgress") ?? [set];
  return members.map((member) => {
    const parsed = OperationProgress.safeParse(member);
    return parsed.success ? operationOf(parsed.data) : unreadableOperation;
  });
}

const unreadableOperation: Operation = { status: "unknown", nativeStatus: "", error: null, warning: null, related: {} };

const operationStatuses: ReadonlyMap<string, Operation["status"]> = new Map([
  ["success", "succeeded"],
  ["failed", "failed"],
  ["processing", "running"],
]);

/** The status decides: an error code is found on successful sub-operations too, in the vendor's own sample. */
function operationOf(wire: OperationProgress): Operation {
  const nativeStatus = wire.OperationStatus ?? "";
  const status = operationStatuses.get(nativeStatus.trim().toLowerCase()) ?? "unknown";
  const reason = reasonOf(wire);
  return {
    status,
    nativeStatus,
    error: status === "failed" ? reason : null,
    warning: status === "failed" ? null : reason,
    related: relatedOf(wire.RelatedItemSet),
  };
}

type OperationProgress = ReturnType<typeof OperationProgress.parse>;

function reasonOf({ ErrorCode, ErrorMsg }: OperationProgress): TaskFailure | null {
  const code = taskText(ErrorCode ?? "");
  const message = taskText(ErrorMsg ?? "");
  return code === "" && message === "" ? null : { code, message };
}

function relatedOf(set: unknown): Readonly<Record<string, string>> {
  const related: [string, string][] = [];
  for (const member of membersOf(set, "RelatedItem") ?? []) {
    const parsed = RelatedItem.safeParse(member);
    if (parsed.success) related.push([parsed.data.Name, parsed.data.Value]);
  }
  return Object.fromEntries(related);
}
