import { longest, maxOperations, maxRelated } from "../../../domain/bound-task.ts";
import type { Operation, TaskFailure } from "../../../domain/task.ts";
import { withoutCredentials } from "../redaction.ts";
import { isObject, membersOf, OperationProgress } from "./payload.ts";

/**
 * The sub-operations in an `OperationProgressSet`, in the provider's order. An unreadable member becomes a
 * sub-operation without a status. All of them count for the outcome, but a task keeps only the first of them and the
 * first that failed. Of the others, only the status is read.
 */
export function operationsOf(set: unknown): Operation[] {
  let failures = 0;
  const listed = membersOf(set, listName).map((member, index) => {
    const bare = bareOperations[statusOf(wordOf(member))];
    const isFailure = bare.status === "failed";
    if (isFailure) failures += 1;
    return index < maxOperations || (isFailure && failures <= maxOperations) ? operationOf(member) : bare;
  });
  const parts = Array.isArray(set) ? set : [set];
  return parts.some(hasStatusBesideList) || hasEmptyBesideOthers(parts) ? [...listed, silentOperation] : listed;
}

/** Alone, an empty object is a set without sub-operations. Beside others, it may be one that says nothing. */
function hasEmptyBesideOthers(parts: readonly unknown[]): boolean {
  return parts.length > 1 && parts.some((part) => isObject(part) && Object.keys(part).length === 0);
}

const listName = "OperationProgress";
const silentOperation: Operation = { status: "unknown", nativeStatus: "", error: null, warning: null, related: {} };
const bareOperations: Readonly<Record<Operation["status"], Operation>> = {
  running: { ...silentOperation, status: "running" },
  succeeded: { ...silentOperation, status: "succeeded" },
  failed: { ...silentOperation, status: "failed" },
  unknown: silentOperation,
};

function wordOf(member: unknown): string {
  const word = isObject(member) ? member["OperationStatus"] : undefined;
  return typeof word === "string" ? word : "";
}

/** A status outside the list may be that of a sub-operation, so the list alone proves nothing. */
function hasStatusBesideList(part: unknown): boolean {
  if (!isObject(part) || !(listName in part)) return false;
  // Without recursion, because a response may be nested as deep as its size allows.
  const left: object[] = [];
  for (const name in part) if (name !== listName) keepObject(part[name], left);
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (isObject(value)) {
      const { OperationStatus: status } = value;
      if (typeof status === "string" && status.trim() !== "") return true;
    }
    for (const member of Object.values(value)) keepObject(member, left);
  }
  return false;
}

function keepObject(value: unknown, objects: object[]): void {
  if (typeof value === "object" && value !== null) objects.push(value);
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
  return { code: (ErrorCode ?? nativeStatus).trim(), message: (ErrorMsg ?? "").trim() };
}

/**
 * Joins the values of a repeated name with commas. A value may be a signed URL, whose end is known only before it is
 * joined. Stops after one name more than a task keeps, and joins nothing to a value longer than it keeps, so that what is
 * cut is cut there, and told.
 */
function relatedOf(set: unknown): Record<string, string> {
  const related = new Map<string, string>();
  for (const member of membersOf(set, "RelatedItem")) {
    if (related.size > maxRelated) break;
    const { Name, Value } = isObject(member) ? member : {};
    if (typeof Name !== "string" || typeof Value !== "string") continue;
    const name = withoutCredentials(Name, longest.name);
    const earlier = related.get(name);
    if (earlier !== undefined && earlier.length > longest.name) continue;
    const value = withoutCredentials(Value, longest.name);
    related.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(related);
}
