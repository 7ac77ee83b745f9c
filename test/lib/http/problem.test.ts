import { describe, expect, test } from "vitest";
import { ProviderError, errorKinds } from "../../../lib/domain/errors.ts";
import { problemTypes, providerErrorToProblem, providerFailure } from "../../../lib/http/problem.ts";

const target = { connection: "aliyun", region: "cn-hangzhou" };

describe("providerErrorToProblem()", () => {
  test.each([
    ["throttled", "provider-throttled", 503, 30],
    ["unavailable", "provider-unavailable", 503, 30],
    ["unauthorized", "provider-unauthorized", 502, undefined],
    ["not-found", "provider-failed", 502, undefined],
    ["bad-request", "provider-failed", 502, undefined],
    ["conflict", "provider-failed", 502, undefined],
    ["malformed", "provider-failed", 502, undefined],
  ] as const)("maps %s to %s, %i, with Retry-After %s", (kind, type, status, retryAfterSeconds) => {
    const error = new ProviderError(kind, "said no", { code: "Some.Code", requestId: "R-1" });
    const problem = providerErrorToProblem(providerFailure(target, error), error);
    expect([problem.type, problemTypes[problem.type].status]).toEqual([type, status]);
    expect(problem.detail.retryAfterSeconds).toBe(retryAfterSeconds);
    expect(problem.detail.provider).toEqual({
      ...target,
      kind,
      code: "Some.Code",
      message: "said no",
      requestId: "R-1",
    });
  });

  test("handles every error kind", () => {
    for (const kind of errorKinds) {
      const error = new ProviderError(kind, "said no");
      expect(providerErrorToProblem(providerFailure(target, error), error).name).toBe("Problem");
    }
  });

  test("forwards the provider's requested delay in whole seconds, rounded up", () => {
    const error = new ProviderError("throttled", "slow down", { retryAfterMs: 1200 });
    expect(providerErrorToProblem(providerFailure(target, error), error).detail.retryAfterSeconds).toBe(2);
  });
});
