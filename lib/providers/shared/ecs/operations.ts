import type { Operation, TaskFailure } from "../../../domain/task.ts";
import { taskText } from "../redaction.ts";
import { isObject, membersOf, OperationProgress, RelatedItem } from "./payload.ts";

/**
 * The sub-operations in an `OperationProgressSet`, in the provider's order. An unreadable member becomes a
 * sub-operation without a status.
 */
export function operationsOf(set: unknown): Operation[] {
  const listed = membersOf(set, listName).map(operationOf);
  const parts = Array.isArray(set) ? set : [set];
  return parts.some(hasStatusBesideList) ? [...listed, silentOperation] : listed;
}

const listName = "OperationProgress";
const silentOperation: Operation = { status: "unknown", nativeStatus: "", error: null, warning: null, related: {} };

/** A status outside the list may be that of a sub-operation, so the list alone proves nothing. */
function hasStatusBesideList(part: unknown): boolean {
  if (!isObject(part) || !(listName in part)) return false;
  // Without recursion, because a response may be nested as deep as its size allows.
  const left: unknown[] = Object.entries(part).flatMap(([name, value]) => (name === listName ? [] : [value]));
  while (left.length > 0) {
    const value = left.pop();
    if (Array.isArray(value)) for (const member of value) left.push(member);
    if (!isObject(value)) continue;
    const { OperationStatus: status } = value;
    if (typeof status === "string" && status.trim() !== "") return true;
    for (const member of Object.values(value)) left.push(member);
  }
  return false;
}

function operationOf(payload: unknown): Operation {
  const parsed = OperationProgress.safeParse(payload);
  if (!parsed.success) return silentOperation;
  const nativeStatus = parsed.data.OperationStatus ?? "";
  const status = statusOf(nativeStatus);
  const said = failureOf(parsed.data, nativeStatus);
  const failed = status === "failed";
  // The status takes precedence over an error code: the page's own sample has a code on a sub-operation that succeeded.
  return {
    status,
    nativeStatus,
    error: failed ? said : null,
    warning: failed ? null : said,
    related: relatedOf(parsed.data.RelatedItemSet),
  };
}

/** Only `Success` means success. Undocumented words, such as `Error`, do not. */
function statusOf(nativeStatus: string): Operation["status"] {
  const word = nativeStatus.trim().toLowerCase();
  if (word === "") return "unknown";
  if (word === "success") return "succeeded";
  return runningWords.has(word) ? "running" : "failed";
}

const runningWords: ReadonlySet<string> = new Set(["processing", "pending", "waiting", "running"]);

/** The provider's code and message. A message without a code gets the status word as its code. */
function failureOf({ ErrorCode, ErrorMsg }: OperationProgress, nativeStatus: string): TaskFailure | null {
  if (ErrorCode === null && ErrorMsg === null) return null;
  return { code: taskText(ErrorCode ?? nativeStatus), message: taskText(ErrorMsg ?? "") };
}

/** In characters. More than a stored task keeps, so that what is cut is cut there, and told. */
const longestRelated = 600;

/** Joins the values of a repeated name with commas. A value may be a signed URL. */
function relatedOf(set: unknown): Record<string, string> {
  const related = new Map<string, string>();
  for (const member of membersOf(set, "RelatedItem")) {
    const item = RelatedItem.safeParse(member);
    if (!item.success) continue;
    const [name, value] = [taskText(item.data.Name, longestRelated), taskText(item.data.Value, longestRelated)];
    const earlier = related.get(name);
    related.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(related);
}
