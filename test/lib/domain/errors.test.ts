import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";

describe("ProviderError", () => {
  test("keeps what the response said", () => {
    const cause = new Error("socket hang up");
    const detail = {
      code: "Throttling",
      requestId: "r-1",
      retryAfterMs: 5,
      serverTimeMs: 9,
      retry: "backoff",
      cause,
    } as const;
    expect({ ...new ProviderError("throttled", "slow down", detail) }).toEqual({
      name: "ProviderError",
      kind: "throttled",
      code: "Throttling",
      requestId: "r-1",
      retry: "backoff",
      scope: "target",
      retryAfterMs: 5,
      serverTimeMs: 9,
    });
    expect(new ProviderError("throttled", "slow down", detail).cause).toBe(cause);
  });

  test("is not retried, and has no cause, unless it says otherwise", () => {
    const error = new ProviderError("unavailable", "down");
    expect(error).toMatchObject({ code: null, requestId: null, retry: "no", retryAfterMs: null, serverTimeMs: null });
    expect("cause" in error).toBe(false);
  });

  test.each([
    ["not-found", "id"],
    ["bad-request", "request"],
    ["malformed", "request"],
    ["conflict", "request"],
    ["throttled", "target"],
    ["unauthorized", "target"],
    ["unavailable", "target"],
  ] as const)("of kind %s has the scope %s unless it says otherwise", (kind, scope) => {
    expect(new ProviderError(kind, "no").scope).toBe(scope);
    expect(new ProviderError(kind, "no", { scope: "id" }).scope).toBe("id");
    expect(new ProviderError(kind, "no", { scope: "target" }).scope).toBe("target");
  });
});
