import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../../lib/domain/errors.ts";
import { parseJson } from "../../../../lib/providers/shared/json.ts";

const nested = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}1${"}]".repeat(levels / 2)}`;

describe("parseJson()", () => {
  test("reads 64 levels, and no more", () => {
    expect(parseJson(nested(64))).toEqual(JSON.parse(nested(64)));
    const tooDeep = new ProviderError("malformed", "the answer is nested more than 64 levels deep");
    expect(() => parseJson(nested(66))).toThrow(tooDeep);
    expect(() => parseJson(`[${nested(64)}]`)).toThrow(tooDeep);
  });

  test.each([
    [0, 3_000],
    [119_999, 4_999],
    [120_000, 5_000],
    [1_000_000, 20_000],
  ])("in a text of %i characters, reads %i objects and arrays, and no more", (length, most) => {
    const objects = (count: number) => `[${Array.from({ length: count - 1 }, () => "{}").join(",")}]`.padEnd(length);
    expect(parseJson(objects(most))).toHaveLength(most - 1);
    const tooMany = new ProviderError("malformed", `the answer has more than ${most} objects and lists`);
    expect(() => parseJson(objects(most + 1))).toThrow(tooMany);
  });

  test("reads a string of a million escaped quotes", () => {
    const text = JSON.stringify('\\"'.repeat(500_000));
    expect(parseJson(text)).toBe(JSON.parse(text));
  });

  test("counts levels, not brackets", () => {
    const wide = `[${Array.from({ length: 200 }, () => '{"a":[]}').join(",")}]`;
    expect(parseJson(wide)).toEqual(JSON.parse(wide));
  });

  test.each([
    ["brackets", JSON.stringify("[{".repeat(100))],
    ["brackets after an escaped quote", JSON.stringify(`"${"[".repeat(100)}`)],
    ["brackets after an escaped backslash", JSON.stringify([`\\`, "[".repeat(100)])],
    ["an escape for a quote", `"\\u0022${"[".repeat(100)}"`],
  ])("does not count %s inside a string", (_what, text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test.each(["", "<html>", "{", '{"a":1}}', "[".repeat(64), "]".repeat(100), '"\\'])(
    "returns undefined for what is not JSON (%#)",
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );
});
