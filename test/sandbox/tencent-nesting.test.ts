import { describe, expect, test } from "vitest";
import { nestParams } from "./tencent-nesting.ts";

function nest(query: string) {
  return nestParams(new URLSearchParams(query));
}

describe("nestParams()", () => {
  test("nestParams() reads lists and objects from dotted names", () => {
    const query =
      "Filters.0.Name=task-id&Filters.0.Values.0=21&Filters.0.Values.1=22&Filters.1.Name=image-name&Filters.1.Values.0=a+b%2B&Limit=20";
    expect(nest(query)).toEqual({
      Filters: [
        { Name: "task-id", Values: ["21", "22"] },
        { Name: "image-name", Values: ["a b+"] },
      ],
      Limit: "20",
    });
  });

  test("nestParams() orders a list by its indexes as numbers, whatever order they arrive in", () => {
    const indexes = [10, 2, 0, 1, 9, 3, 8, 4, 7, 5, 6];
    expect(nest(indexes.map((index) => `V.${index}=v${index}`).join("&"))).toEqual({
      V: ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10"],
    });
  });

  test("nestParams() keeps a name that every object inherits as a plain member", () => {
    const nested = nest("__proto__.polluted=1");
    expect(Object.keys(nested ?? {})).toEqual(["__proto__"]);
    expect({}).not.toHaveProperty("polluted");
  });

  test.each([
    ["a name is repeated", "Limit=1&Limit=2"],
    ["a value is also a list", "V=1&V.0=2"],
    ["a list is also a value", "V.0=2&V=1"],
    ["a name is nested too deeply", `${"a.".repeat(20)}a=1`],
  ])("nestParams() returns nothing when %s", (_case, query) => {
    expect(nest(query)).toBeUndefined();
  });
});
