import type { ErrorKind, Retry } from "../../domain/errors.ts";

/** What an ECS error code means for the caller, and how to retry. */
export interface Verdict {
  readonly kind: ErrorKind;
  readonly retry: Retry;
}

/**
 * Codes decided by name. Some regions still send the older names, so each code is listed under those as well.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-errorcodes
 */
const byCode = new Map<string, Verdict>([
  ["InvalidTaskId.NotFound", { kind: "not-found", retry: "no" }],
  ["InvalidTaskId.IncorrectTaskStatus", { kind: "conflict", retry: "no" }],
  ["IncorrectTaskStatus", { kind: "conflict", retry: "no" }],
  ["InvalidTaskId.TaskActionNotSupport", { kind: "conflict", retry: "no" }],
  ["TaskActionNotSupport", { kind: "conflict", retry: "no" }],
  ["CancelTaskFailed", { kind: "conflict", retry: "no" }],
  ["InvalidTimeStamp.Expired", { kind: "unauthorized", retry: "fix-clock" }],
  ["IllegalTimestamp", { kind: "unauthorized", retry: "fix-clock" }],
  ["InvalidSecurityToken.Expired", { kind: "unauthorized", retry: "refresh-credential" }],
  ["SignatureNonceUsed", { kind: "unavailable", retry: "new-nonce" }],
  ["SignatureDoesNotMatch", { kind: "unauthorized", retry: "no" }],
  ["IncompleteSignature", { kind: "unauthorized", retry: "no" }],
  ["NoPermission", { kind: "unauthorized", retry: "no" }],
  ["InternalError", { kind: "unavailable", retry: "backoff" }],
  ["UnknownError", { kind: "unavailable", retry: "backoff" }],
  ["OperationConflict", { kind: "unavailable", retry: "backoff" }],
  ["LastTokenProcessing", { kind: "unavailable", retry: "backoff" }],
]);

const byFamily: ReadonlyArray<readonly [family: string, verdict: Verdict]> = [
  ["ServiceUnavailable", { kind: "unavailable", retry: "backoff" }],
  ["Forbidden", { kind: "unauthorized", retry: "no" }],
  ["InvalidAccessKeyId", { kind: "unauthorized", retry: "no" }],
  ["InvalidAccessKeySecret", { kind: "unauthorized", retry: "no" }],
  ["InvalidSecurityToken", { kind: "unauthorized", retry: "no" }],
];

/**
 * The verdict on a response with a code. Only the code identifies throttling, because its status is usually 400. ECS
 * counts calls per calendar minute, so a throttled call waits for the next minute unless the provider gave a time.
 * @see https://www.alibabacloud.com/help/doc-detail/437902
 */
export function verdictOnCode(code: string, status: number, retryAfterMs: number | null): Verdict {
  if (code.includes("Throttling") || status === 429) {
    return { kind: "throttled", retry: retryAfterMs === null ? "next-minute" : "backoff" };
  }
  const known = byCode.get(code) ?? byFamily.find(([family]) => code === family || code.startsWith(`${family}.`))?.[1];
  return known ?? verdictOnStatus(status, "bad-request", retryAfterMs);
}

/** The verdict on a response without a code. `otherwise` is the kind used if the status does not decide. */
export function verdictOnStatus(status: number, otherwise: ErrorKind, retryAfterMs: number | null): Verdict {
  if (status === 429) return { kind: "throttled", retry: retryAfterMs === null ? "next-minute" : "backoff" };
  const passing = status >= 500 || (status >= 300 && status < 400) || status === 408;
  return passing ? { kind: "unavailable", retry: "backoff" } : { kind: otherwise, retry: "no" };
}
