import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kindNames, kindOf, kinds } from "./kinds.ts";
import { outcomeOf } from "./kinds/finished.ts";
import type { Evidence } from "./truth.ts";

describe("the kinds of worlds", () => {
  test.each([0, 1, 4_711, 999_999_999_000])("have their shares in the thousand seeds from %d", (base) => {
    const found = Map.groupBy(
      Array.from({ length: 1_000 }, (_, index) => kindOf(base + index)),
      (name) => name,
    );

    expect(kindNames.map((name) => [name, found.get(name)?.length])).toEqual(
      kindNames.map((name) => [name, kinds[name].share]),
    );
  });

  test("all occur within few seeds", () => {
    const seen = new Set(Array.from({ length: 1_000 }, (_, index) => kindOf(index)));

    expect(seen.size).toBe(kindNames.length);
  });
});

const page = readFileSync(new URL("../../docs/finished.md", import.meta.url), "utf8");
const combinations = page
  .split("\n")
  .filter((line) => /^\|(?:[^|]*\|){7}$/.test(line) && !/TotalCount|---/.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

function countIn(cell = ""): unknown {
  return cell === "–" ? undefined : (JSON.parse(cell) as unknown);
}

function operationsIn(cell: string): Evidence["operations"] {
  if (cell === "–") return undefined;
  return cell.split(", ").map((text) => {
    const [word, ...more] = text.split(" with ");
    return { ...(word === "( )" ? {} : { OperationStatus: word }), ...(more.length > 0 ? { ErrorCode: "X" } : {}) };
  });
}

describe("the truth about Finished", () => {
  test("is that of every combination in docs/finished.md", () => {
    expect(combinations.length).toBeGreaterThan(50);
    for (const [total, success, failed, operations = "", status, partial] of combinations) {
      const evidence = {
        TotalCount: countIn(total),
        SuccessCount: countIn(success),
        FailedCount: countIn(failed),
        operations: operationsIn(operations),
      };
      const outcome = outcomeOf(evidence);

      const told = outcome === "unproven" ? "unknown" : outcome === "partly-failed" ? "failed" : outcome;
      expect([told, outcome === "partly-failed"], JSON.stringify(evidence)).toEqual([status, partial === "yes"]);
    }
  });
});
