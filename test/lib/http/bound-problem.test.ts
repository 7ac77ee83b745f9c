import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import { boundProblem } from "../../../lib/http/bound-problem.ts";
import { invalidBody, invalidParameters, providerFailure } from "../../../lib/http/problem.ts";

const maxBytes = 16 * 1024;

/** Texts that take up to six bytes a character in JSON. */
const textUpTo = (longest: number) =>
  fc
    .tuple(fc.constantFrom("x", "語", "🙂", '"\\', "\u0000", "\uD83D", "a\n"), fc.nat(longest))
    .map(([unit, count]) => unit.repeat(count));
const someUpTo = (longest: number) => {
  const text = textUpTo(longest);
  return fc.array(fc.record({ field: text, detail: text }), { minLength: 1, maxLength: 4 });
};
const few = someUpTo(60_000);
const many = fc.tuple(someUpTo(200), fc.integer({ min: 1, max: 3000 }));
const errors = fc.oneof(
  few,
  many.map(([some, count]) => Array.from({ length: count }, (_, n) => some[n % some.length]!)),
);

describe("boundProblem()", () => {
  test("keeps every problem within 16 KB and says how many errors it left out", () => {
    fc.assert(
      fc.property(errors, fc.constantFrom(invalidBody, invalidParameters), (given, create) => {
        const bounded = boundProblem(create(given).detail);
        expect(Buffer.byteLength(JSON.stringify(bounded))).toBeLessThan(maxBytes - 512);
        expect(bounded.errors?.length).toBeGreaterThan(0);
        expect((bounded.errors?.length ?? 0) + (bounded.omittedErrors ?? 0)).toBe(given.length);
        expect(bounded.omittedErrors).not.toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test("leaves an ordinary problem as it is", () => {
    const { detail } = invalidBody([{ field: "/nativeId", detail: "is missing" }]);
    expect(boundProblem(detail)).toEqual({
      detail: "Wrong: /nativeId",
      errors: [{ field: "/nativeId", detail: "is missing" }],
    });
  });

  test("names the providers that fit and counts the others", () => {
    const error = new ProviderError("unavailable", "語".repeat(100_000), { code: "C".repeat(1000), requestId: "R" });
    const target = { connection: "aliyun", region: "cn-hangzhou" };
    const providers = Array.from({ length: 300 }, () => providerFailure(target, error));
    const bounded = boundProblem({ detail: "No provider could be reached", providers });
    expect(Buffer.byteLength(JSON.stringify(bounded))).toBeLessThan(maxBytes - 512);
    expect(bounded.providers?.length).toBeGreaterThan(2);
    expect((bounded.providers?.length ?? 0) + (bounded.omittedProviders ?? 0)).toBe(300);
  });
});
