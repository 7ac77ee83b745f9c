import { describe, expect, test } from "vitest";
import { verdictOnCode, verdictOnStatus } from "../../../../lib/providers/alibaba-ecs/refusal.ts";

describe("verdictOnCode()", () => {
  test.each([
    ["Throttling", 400, null, "throttled", "next-minute"],
    ["Rejected.Throttling", 400, 1_000, "throttled", "backoff"],
    ["SomethingNew", 429, null, "throttled", "next-minute"],
    ["SomethingNew", 429, 0, "throttled", "backoff"],
    ["Forbidden.RAM", 429, null, "unauthorized", "no"],
    ["InvalidTaskId.NotFound", 400, null, "not-found", "no"],
    ["InvalidTaskId.IncorrectTaskStatus", 400, null, "conflict", "no"],
    ["IncorrectTaskStatus", 400, null, "conflict", "no"],
    ["InvalidTaskId.TaskActionNotSupport", 400, null, "conflict", "no"],
    ["TaskActionNotSupport", 400, null, "conflict", "no"],
    ["CancelTaskFailed", 400, null, "conflict", "no"],
    ["InvalidTimeStamp.Expired", 400, null, "unauthorized", "fix-clock"],
    ["IllegalTimestamp", 400, null, "unauthorized", "fix-clock"],
    ["IllegalTimestamp", 400, 1_000, "unauthorized", "fix-clock"],
    ["InvalidSecurityToken.Expired", 400, null, "unauthorized", "refresh-credential"],
    ["SignatureNonceUsed", 400, null, "unavailable", "new-nonce"],
    ["SignatureDoesNotMatch", 400, null, "unauthorized", "refresh-credential"],
    ["IncompleteSignature", 400, null, "unauthorized", "no"],
    ["NoPermission", 400, null, "unauthorized", "no"],
    ["InternalError", 400, null, "unavailable", "backoff"],
    ["UnknownError", 400, null, "unavailable", "backoff"],
    ["OperationConflict", 400, null, "unavailable", "backoff"],
    ["LastTokenProcessing", 400, null, "unavailable", "backoff"],
    ["InvalidAccessKeyId.NotFound", 400, null, "unauthorized", "refresh-credential"],
    ["InvalidSecurityToken.Malformed", 400, null, "unauthorized", "no"],
    ["ServiceUnavailable", 400, null, "unavailable", "backoff"],
    ["ServiceUnavailable.X", 400, null, "unavailable", "backoff"],
    ["ServiceUnavailableX", 400, null, "bad-request", "no"],
    ["A.ServiceUnavailable", 400, null, "bad-request", "no"],
    ["Forbidden", 400, null, "unauthorized", "no"],
    ["Forbidden.RAM", 400, null, "unauthorized", "no"],
    ["InvalidAccessKeySecret", 400, null, "unauthorized", "refresh-credential"],
    ["InvalidTaskId.NotFound.X", 400, null, "bad-request", "no"],
  ])("maps %s with HTTP %i and a wait of %j ms to %s, retry %s", (code, status, waitMs, kind, retry) => {
    expect(verdictOnCode(code, status, waitMs)).toMatchObject({ kind, retry });
  });
});

describe("verdictOnCode() of codes that reach further or less far than others of their kind", () => {
  test.each([
    ["InvalidTaskId.Other", "bad-request", "no", "id"],
    ["InvalidSecurityToken.MismatchWithAccessKey", "unauthorized", "refresh-credential", undefined],
    ["MissingSecurityToken", "unauthorized", "no", undefined],
    ["InvalidVersion.Other", "bad-request", "no", "target"],
    ["InvalidTimeStamp.Format", "bad-request", "no", "target"],
  ])("maps %s to %s, retry %s, scope %s", (code, kind, retry, scope) => {
    const verdict = verdictOnCode(code, 400, null);
    expect([verdict.kind, verdict.retry, verdict.scope]).toEqual([kind, retry, scope]);
  });
});

describe("verdictOnStatus()", () => {
  test.each([
    [299, "malformed", "no"],
    [300, "unavailable", "backoff"],
    [399, "unavailable", "backoff"],
    [400, "malformed", "no"],
    [407, "malformed", "no"],
    [408, "unavailable", "backoff"],
    [429, "throttled", "next-minute"],
    [499, "malformed", "no"],
    [500, "unavailable", "backoff"],
  ])("maps HTTP %i to %s, retry %s", (status, kind, retry) => {
    expect(verdictOnStatus(status, "malformed", null)).toEqual({ kind, retry });
  });

  test("delays a throttled call as long as the provider requests", () => {
    expect(verdictOnStatus(429, "malformed", 5_000)).toEqual({ kind: "throttled", retry: "backoff" });
  });
});
