import { describe, expect, test } from "vitest";
import {
  endsValue,
  escapedAt,
  isBlank,
  isQuote,
  isRunCharacter,
  isUrlCharacter,
} from "../../../../lib/providers/shared/characters.ts";

const codes = Array.from({ length: 0x10000 }, (_, code) => code);
const afterTheEnd = "".charCodeAt(0);

describe("the classes of characters", () => {
  test.each<[string, (code: number) => boolean, RegExp]>([
    ["isRunCharacter()", isRunCharacter, /[A-Za-z0-9+\-./_]/],
    ["isBlank()", isBlank, /[\s\p{Cc}]/u],
    ["isQuote()", isQuote, /["'`]/],
    ["isUrlCharacter()", isUrlCharacter, /(?!["'`<>])[!-~]|[^\p{P}\s\p{Cc}\0-\xa0]/u],
    ["endsValue()", endsValue, /[&,;"'`<>\s\p{Cc}]|(?=\p{P})[^\0-\xa0]/u],
  ])("%s is the class %s", (_name, isOf, pattern) => {
    expect(codes.filter((code) => isOf(code) !== pattern.test(String.fromCharCode(code)))).toEqual([]);
  });

  test("holds nothing of what is past the end, except that a value ends there", () => {
    const classes = [isRunCharacter, isBlank, isQuote, isUrlCharacter, endsValue];
    expect(classes.map((isOf) => isOf(afterTheEnd))).toEqual([false, false, false, false, true]);
  });
});

describe("escapedAt()", () => {
  test.each([
    ["%3D", 0x3d, 3],
    ["%3dx", 0x3d, 3],
    ["%253D", 0x3d, 5],
    ["%25253D", 0x3d, 7],
    ["%25", 0x25, 3],
    ["%25zz", 0x25, 3],
    ["\\u003d", 0x3d, 6],
    ["\\U003Dx", 0x3d, 6],
    ["&quot;x", 0x22, 6],
    ["&apos;", 0x27, 6],
    ["&LT;", 0x3c, 4],
    ["&gt;", 0x3e, 4],
    ["&amp;", 0x26, 5],
    ["&#61;", 0x3d, 5],
    ["&#0061;", 0x3d, 7],
    ["&#x3D;", 0x3d, 6],
    ["&amp;quot;", 0x22, 10],
    ["&amp;amp;#61;", 0x3d, 13],
  ])("reads %j", (text, code, end) => {
    expect(escapedAt(text, 0)).toEqual({ code, end });
    expect(escapedAt(`ab${text}`, 2)).toEqual({ code, end: end + 2 });
  });

  test.each([
    "",
    "3D",
    "%",
    "%3",
    "%zz",
    "%3z",
    "%z3",
    "\\",
    "\\abc3d",
    "\\u00",
    "\\u003",
    "\\u00zz",
    "\\u013d",
    "&",
    "&quot",
    "&#61",
    "&#;",
    "&#x;",
    "&none;",
  ])("reads nothing from %j", (text) => {
    expect(escapedAt(text, 0)).toBeUndefined();
    expect(escapedAt(`ab${text}`, 2)).toBeUndefined();
  });
});
