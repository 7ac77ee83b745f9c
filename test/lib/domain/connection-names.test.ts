import { describe, expect, test } from "vitest";
import { isNamed, presentName } from "../../../lib/domain/connection-names.ts";

const target = { connection: "old", provider: "alibaba-ecs", region: "cn-hangzhou" };

describe("a connection", () => {
  test("has one name until it is renamed", () => {
    expect(["old", "new", ""].map((name) => isNamed({ target }, name))).toEqual([true, false, false]);
    expect(presentName({ target })).toBe("old");
  });

  test("has both names after it is renamed", () => {
    const renamed = { target, renamedTo: "new" };
    expect(["old", "new", ""].map((name) => isNamed(renamed, name))).toEqual([true, true, false]);
    expect(presentName(renamed)).toBe("new");
  });
});
