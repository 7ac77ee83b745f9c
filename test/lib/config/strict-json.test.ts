import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readStrictJson } from "../../../lib/config/strict-json.ts";

describe("readStrictJson()", () => {
  test.each([
    ['{"a":1,\n "b":2,\n}', "is not JSON at line 3, column 1: the last item must not be followed by a comma"],
    ["[1,2,]", "is not JSON at line 1, column 6: the last item must not be followed by a comma"],
    ['{"a": // why\n 1}', "is not JSON at line 1, column 7: JSON has no comments"],
    ['{"a": /* why */ 1}', "is not JSON at line 1, column 7: JSON has no comments"],
    ['# mine\n{"a":1}', "is not JSON at line 1, column 1: JSON has no comments"],
    ["{'a':1}", 'is not JSON at line 1, column 2: names and strings need straight double quotes (")'],
    ["{“a”:1}", 'is not JSON at line 1, column 2: names and strings need straight double quotes (")'],
    ["{a: 1}", 'is not JSON at line 1, column 2: a name needs double quotes (")'],
    ["connections:\n  - name: a", "is not JSON at line 1, column 1: it looks like YAML"],
    ["---\nconnections: []", "is not JSON at line 1, column 1: it looks like YAML"],
    ['{"a":1\n"b":2}', "is not JSON at line 2, column 1: a comma is missing"],
    ['{"a" 1}', "is not JSON at line 1, column 6: a colon is missing"],
    ['{"a":"x\ny"}', "is not JSON at line 1, column 6: a string does not end on its line"],
    [
      '{"a":"C:\\temp\\Q"}',
      "is not JSON at line 1, column 6: a string has an unknown escape; a backslash is written as two",
    ],
    ['{"a":1}}', "is not JSON at line 1, column 8: something follows after the end"],
    ['{"a":[1,\n', "is not JSON at line 2, column 1: it ends too early"],
    ['{"a":hV9kQ2wZ7rT4}', "is not JSON at line 1, column 6"],
    [" \n", "is empty"],
    ['{"a":"caf\uFFFD"}', "is not UTF-8; save it as UTF-8"],
  ])("says of %j where it is wrong", (text, problem) => {
    expect(readStrictJson(text)).toEqual({ problem });
  });

  test("names UTF-16 in either byte order, with and without its mark", () => {
    const littleEndian = Buffer.from('\uFEFF{"a":1}', "utf16le");
    for (const bytes of [littleEndian, littleEndian.subarray(2), Buffer.from(littleEndian).swap16()]) {
      expect(readStrictJson(bytes.toString("utf8"))).toEqual({ problem: "is UTF-16 or binary; save it as UTF-8" });
    }
  });

  test("skips a byte order mark", () => {
    expect(readStrictJson('\uFEFF{"a":1}')).toEqual({ value: { a: 1 }, duplicates: [] });
  });

  test("names each member that an object has twice, however it is written", () => {
    const text = '{"a":{"b":[{"c":1,"\\u0063":2},{"c":3}]},"b":1,"a":0}';
    expect(readStrictJson(text)).toMatchObject({ duplicates: ["a.b[0].c", "a"] });
  });

  test("reads whatever JSON.stringify writes, and finds no duplicates in it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        fc.pre(!text.includes("\uFFFD"));
        expect(readStrictJson(text)).toEqual({ value: JSON.parse(text), duplicates: [] });
      }),
    );
  });

  test("never shows any part of a text that is not JSON", () => {
    const secret = "hV9kQ2wZ7rT4";
    for (const text of [
      `{"key": ${secret}`,
      `{"key": "${secret}`,
      `${secret}: 1`,
      `{"key": '${secret}'}`,
      `[1 ${secret}]`,
    ]) {
      expect(JSON.stringify(readStrictJson(text))).not.toContain(secret);
    }
  });
});
