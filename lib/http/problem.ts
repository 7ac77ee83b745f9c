import { boundText } from "../domain/bound-text.ts";
import type { ErrorKind, ProviderError } from "../domain/errors.ts";
import type { WithExplanation } from "../domain/explanation.ts";
import { parseTaskId } from "../domain/task.ts";
import type { Task } from "../domain/task.ts";
import type { LedgerUnavailableError, UnreadableItemError } from "../ledger/ledger.ts";
import type { UnreadableItem } from "../ledger/unreadable-item.ts";

/** Every RFC 9457 problem type of the API. The names are stable, because callers branch on them. */
export const problemTypes = {
  "invalid-parameters": { status: 400, title: "Some parameters of the request are wrong" },
  "invalid-json": { status: 400, title: "The body is not JSON" },
  unauthenticated: { status: 401, title: "The request does not prove who is calling" },
  forbidden: { status: 403, title: "The caller may not do this" },
  "unknown-task": { status: 404, title: "There is no such task" },
  "unknown-route": { status: 404, title: "There is no such resource" },
  "method-not-allowed": { status: 405, title: "The resource does not have this method" },
  "record-unreadable": { status: 409, title: "The ledger's record of the task cannot be read" },
  "not-cancelable": { status: 409, title: "The task cannot be canceled" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "uri-too-long": { status: 414, title: "The URL is too long" },
  "unsupported-media-type": { status: 415, title: "The body must be application/json" },
  "invalid-body": { status: 422, title: "The body has wrong, unknown or missing fields" },
  "headers-too-large": { status: 431, title: "The headers are too large" },
  internal: { status: 500, title: "The service failed" },
  "provider-failed": { status: 502, title: "The provider could not answer" },
  "provider-unauthorized": { status: 502, title: "The provider refused the connection's credential" },
  "provider-throttled": { status: 503, title: "The provider is throttling us" },
  "provider-unavailable": { status: 503, title: "The provider is not available" },
  "ledger-unavailable": { status: 503, title: "The ledger is not available" },
  busy: { status: 503, title: "The service is busy" },
  unhealthy: { status: 503, title: "The service is not healthy" },
  "out-of-time": { status: 504, title: "The answer took too long" },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemType = keyof typeof problemTypes;

/** One invalid field. */
export interface FieldProblem {
  /** A query parameter's name, or a JSON pointer into the body: `/nativeId`, or empty for the whole body. */
  readonly field: string;
  /** What is wrong and what is allowed. */
  readonly detail: string;
}

/** A provider's failure, as far as it is safe to pass on. */
export interface ProviderFailure {
  readonly connection: string;
  readonly region: string;
  readonly kind: ErrorKind;
  readonly code: string | null;
  readonly message: string;
  readonly requestId: string | null;
  readonly taskId?: string;
}

/** An item of the ledger that cannot be read, so that a list lacks what it holds. */
export interface UnreadableRecord {
  /** `null` for an item that belongs to no target. */
  readonly connection: string | null;
  readonly region: string | null;
  readonly kind: "unreadable";
  readonly code: null;
  readonly message: string;
  readonly requestId: null;
  /** Present if the item is that of a task. */
  readonly taskId?: string;
}

/** The ledger's failure, in a list that is complete without it but for what `message` names. */
export interface LedgerFailure {
  readonly connection: null;
  readonly region: null;
  readonly kind: LedgerUnavailableError["kind"];
  /** DynamoDB's own code. */
  readonly code: string | null;
  readonly message: string;
  readonly requestId: null;
}

export interface ProblemDetail {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  /** How many entries of `errors` were left out because there were too many. */
  readonly omittedErrors?: number;
  readonly provider?: ProviderFailure;
  readonly providers?: readonly ProviderFailure[];
  /** How many entries of `providers` were left out because there were too many. */
  readonly omittedProviders?: number;
  /** The current state of the task that the problem is about. */
  readonly task?: WithExplanation<Task>;
  readonly retryAfterSeconds?: number;
  /** Headers that the status requires, in lower case. Not part of the body. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An error that is answered as a problem document.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly type: ProblemType;
  readonly detail: ProblemDetail;

  constructor(type: ProblemType, detail: ProblemDetail = {}) {
    super(detail.detail ?? problemTypes[type].title);
    this.type = type;
    this.detail = detail;
  }
}

export function problemUrn(type: ProblemType): string {
  return `urn:image-tasks:problem:${type}`;
}

/** One problem for all the invalid parameters of a request. */
export function invalidParameters(errors: readonly FieldProblem[]): Problem {
  return new Problem("invalid-parameters", { detail: printWrong(errors), errors });
}

/** Stores and buses replace or refuse half of a surrogate pair. */
export const notUnicode = "must be Unicode text, without half of a surrogate pair";

/** One problem for all the invalid fields of a body. */
export function invalidBody(errors: readonly FieldProblem[]): Problem {
  return new Problem("invalid-body", { detail: printWrong(errors), errors });
}

/** A longer list of names would be cut anyway, and each name may be as long as the request. */
const namedFields = 20;

function printWrong(errors: readonly FieldProblem[]): string {
  const names = errors.slice(0, namedFields).map(({ field }) => boundText(field, 64) || "the whole body");
  return `Wrong: ${[...names, ...(errors.length > namedFields ? ["…"] : [])].join(", ")}`;
}

const defaultRetryAfterSeconds = 30;

/** The problem to answer when the provider of a single task failed. */
export function providerErrorToProblem(failure: ProviderFailure, error: ProviderError): Problem {
  const detail = { detail: failure.message, provider: failure };
  const retryAfterSeconds = Math.ceil((error.retryAfterMs ?? defaultRetryAfterSeconds * 1000) / 1000);
  switch (error.kind) {
    case "throttled":
      return new Problem("provider-throttled", { ...detail, retryAfterSeconds });
    case "unavailable":
      return new Problem("provider-unavailable", { ...detail, retryAfterSeconds });
    case "unauthorized":
      return new Problem("provider-unauthorized", detail);
    case "not-found":
    case "bad-request":
    case "conflict":
    case "malformed":
      return new Problem("provider-failed", detail);
  }
}

/** Throttling of an on-demand table ends within seconds, unless traffic keeps doubling. */
const ledgerRetryAfterSeconds = 5;

export function ledgerProblem({ message }: LedgerUnavailableError): Problem {
  return new Problem("ledger-unavailable", { detail: message, retryAfterSeconds: ledgerRetryAfterSeconds });
}

export function contendedRecordProblem(): Problem {
  const detail = "Other calls changed the record of this task at every attempt";
  return new Problem("ledger-unavailable", { detail, retryAfterSeconds: 1 });
}

export function unreadableRecordProblem({ item }: UnreadableItemError): Problem {
  const remedy =
    item.fault === "newer"
      ? "It can be used again once the newer version is deployed again"
      : "A sweep replaces it when it next reads the task from its cloud";
  return new Problem("record-unreadable", { detail: `The task has a record, but ${item.reason}. ${remedy}` });
}

export function unreadableRecord({ id, reason }: UnreadableItem): UnreadableRecord {
  const parts = parseTaskId(id);
  const { connection = null, region = null } = parts ?? {};
  const failure = { connection, region, kind: "unreadable", code: null, message: reason, requestId: null } as const;
  return parts === undefined ? failure : { ...failure, taskId: id };
}

/** In UTF-16 code units, as for the same texts of a task. */
const longest = { message: 1000, word: 128, taskId: 512 };

/** The provider's failure in plain text and within bounds. An answer may hold hundreds of them. */
export function providerFailure(
  target: { connection: string; region: string },
  { kind, code, message, requestId }: ProviderError,
  taskId?: string,
): ProviderFailure {
  const { connection, region } = target;
  return {
    connection,
    region,
    kind,
    code: code && boundText(code, longest.word),
    message: boundText(message, longest.message),
    requestId: requestId && boundText(requestId, longest.word),
    ...(taskId === undefined ? {} : { taskId: boundText(taskId, longest.taskId) }),
  };
}
