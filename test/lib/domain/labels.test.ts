import { describe, expect, test } from "vitest";
import { hasLabel, sameLabels } from "../../../lib/domain/labels.ts";

describe("sameLabels()", () => {
  test.each([
    [{ a: "1", b: "2", c: "3" }, { c: "3", a: "1", b: "2" }, true],
    [{ a: "1", b: "2" }, { a: "1" }, false],
    [{ a: "1" }, { a: "2" }, false],
    [{ a: "1" }, { b: "1" }, false],
    [{}, {}, true],
  ])("of %j and %j is %s", (one, other, same) => {
    expect(sameLabels(one, other)).toBe(same);
    expect(sameLabels(other, one)).toBe(same);
  });
});

describe("hasLabel()", () => {
  test.each([
    ["team=images", true],
    ["build=a=b", true],
    ["team=", false],
    ["team", false],
    ["images", false],
    ["build=images", false],
  ])("of team=images and build=a=b finds %s: %s", (label, found) => {
    expect(hasLabel({ team: "images", build: "a=b" }, label)).toBe(found);
  });
});
