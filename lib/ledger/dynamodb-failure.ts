import { LedgerUnavailableError } from "./ledger.ts";

const throttles: ReadonlySet<string> = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "LimitExceededException",
]);
/** The client's own names for a call without an answer. */
const noAnswers: ReadonlySet<string> = new Set(["TimeoutError", "RequestTimeout", "RequestTimeoutException"]);

/**
 * The failure as a `LedgerUnavailableError` when a later call may succeed. Returns any other error unchanged: a missing
 * table or permission stays missing until somebody repairs it.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export function unavailableOr(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LedgerUnavailableError) return error;
  const { name: code } = error;
  const status = httpStatusOf(error);
  if (throttles.has(code) || status === 429) {
    return new LedgerUnavailableError("throttled", "DynamoDB is throttling", { code, cause: error });
  }
  if (status !== undefined && status >= 500) {
    return new LedgerUnavailableError("unavailable", "DynamoDB is failing", { code, cause: error });
  }
  if (!noAnswers.has(code) && !isNetworkFailure(error)) return error;
  return new LedgerUnavailableError("unavailable", "DynamoDB cannot be reached", { cause: error });
}

/** `undefined` when there was no response. */
function httpStatusOf(error: Error): number | undefined {
  if (!("$metadata" in error) || typeof error.$metadata !== "object" || error.$metadata === null) return undefined;
  const status = "httpStatusCode" in error.$metadata ? error.$metadata.httpStatusCode : undefined;
  return typeof status === "number" ? status : undefined;
}

/** Node.js names system errors, failed host lookups included, by codes such as `ECONNREFUSED`. */
function isNetworkFailure(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^E[A-Z_]+$/.test(error.code) && "syscall" in error;
}
