import { describe, expect, test } from "vitest";
import { parseJson } from "../../../../lib/providers/shared/json.ts";

const nested = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}1${"}]".repeat(levels / 2)}`;

describe("parseJson()", () => {
  test("reads 64 levels, and no more", () => {
    expect(parseJson(nested(64))).toEqual(JSON.parse(nested(64)));
    expect(parseJson(nested(66))).toBeUndefined();
    expect(parseJson(`[${nested(64)}]`)).toBeUndefined();
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

  test.each(["", "<html>", "{", '{"a":1}}', "[".repeat(1_000_000), "]".repeat(100), '"\\'])(
    "returns undefined for what is not JSON (%#)",
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );
});
