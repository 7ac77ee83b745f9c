import { expect, test } from "vitest";
import { chunksOf } from "../../../lib/domain/chunks.ts";

test.each([
  ["", 2, []],
  ["a", 2, ["a"]],
  ["ab", 2, ["ab"]],
  ["abcde", 2, ["ab", "cd", "e"]],
  ["abc", 1, ["a", "b", "c"]],
])("chunksOf() cuts %j by %i into %j", (letters, size, expected) => {
  expect(chunksOf([...letters], size).map((part) => part.join(""))).toEqual(expected);
});
