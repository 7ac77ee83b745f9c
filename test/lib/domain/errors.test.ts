import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";

describe("ProviderError", () => {
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
