import { describe, expect, test } from "vitest";
import { entityTag, matchesEntityTag } from "../../../lib/http/entity-tag.ts";

describe("entityTag()", () => {
  test("is a quoted digest that changes with any byte", () => {
    expect(entityTag("{}")).toBe('"RBNvo1WzZ4oRRq0W9-hknpT7T8I"');
    expect(entityTag("{ }")).not.toBe(entityTag("{}"));
  });
});

describe("matchesEntityTag()", () => {
  test.each([
    ['"a"', true],
    ['"b", "a"', true],
    ['W/"a"', true],
    ["*", true],
    ['"b"', false],
    ["a", false],
    ["", false],
    [undefined, false],
  ])('reads If-None-Match: %s as %s when the tag is "a"', (header, matches) => {
    expect(matchesEntityTag(header, '"a"')).toBe(matches);
  });
});
