import type { Operation, TaskFailure } from "../../../domain/task.ts";
import { taskText } from "../redaction.ts";
import { membersOf, OperationProgress, RelatedItem } from "./payload.ts";

/**
 * The sub-operations of an `OperationProgressSet`, in the provider's order. Whatever else takes the place of one is a
 * sub-operation without a status.
 */
export function operationsOf(set: unknown): Operation[] {
  return membersOf(set, "OperationProgress").map(operationOf);
}

function operationOf(payload: unknown): Operation {
  const parsed = OperationProgress.safeParse(payload);
  if (!parsed.success) return { status: "unknown", nativeStatus: "", error: null, warning: null, related: {} };
  const nativeStatus = parsed.data.OperationStatus ?? "";
  const status = statusOf(nativeStatus);
  const said = failureOf(parsed.data, nativeStatus);
  const failed = status === "failed";
  // The page's own sample shows an error code on a sub-operation that succeeded: the status outranks it.
  return {
    status,
    nativeStatus,
    error: failed ? said : null,
    warning: failed ? null : said,
    related: relatedOf(parsed.data.RelatedItemSet),
  };
}

/** Only `Success` is a success. A word that the page does not have, such as `Error`, is none. */
function statusOf(nativeStatus: string): Operation["status"] {
  const word = nativeStatus.trim().toLowerCase();
  if (word === "") return "unknown";
  if (word === "success") return "succeeded";
  return runningWords.has(word) ? "running" : "failed";
}

const runningWords: ReadonlySet<string> = new Set(["processing", "pending", "waiting", "running"]);

/** The provider's own words. The status word stands in for the code of a message without one. */
function failureOf({ ErrorCode, ErrorMsg }: OperationProgress, nativeStatus: string): TaskFailure | null {
  if (ErrorCode === null && ErrorMsg === null) return null;
  return { code: taskText(ErrorCode ?? nativeStatus), message: taskText(ErrorMsg ?? "") };
}

/** Values of a name that is repeated are joined with commas. */
function relatedOf(set: unknown): Record<string, string> {
  const related = new Map<string, string>();
  for (const member of membersOf(set, "RelatedItem")) {
    const item = RelatedItem.safeParse(member);
    if (!item.success) continue;
    const { Name: name, Value: value } = item.data;
    const earlier = related.get(name);
    related.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(related);
}
