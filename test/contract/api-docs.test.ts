import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { problemTypes } from "../../lib/http/problem.ts";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { problemCatalogue } from "../../lib/openapi/problem-catalogue.ts";
import { objectAt } from "../fuzz-api/document-shape.ts";

const text = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
/** All rows of all tables, each as a list of cells. */
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("|") && !line.startsWith("|--"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const paths = Object.entries(objectAt(openApiDocument()["paths"])).flatMap(([path, item]) =>
  Object.entries(objectAt(item)).map(([method, operation]) => ({
    call: `\`${method.toUpperCase()} ${path}\``,
    method,
    security: JSON.stringify(objectAt(operation)["security"]),
    statuses: Object.keys(objectAt(objectAt(operation)["responses"])),
  })),
);

describe("docs/api.md", () => {
  test("has a row for each operation, with the scope it needs", () => {
    const expected = paths
      .filter(({ method }) => method !== "head")
      .map(({ call, security }) => {
        return [call, `\`${/tasks:\w+/.exec(security)?.[0]}\``];
      });
    const found = rows.filter(([call]) => /^`[A-Z]+ \//.test(call ?? "")).map(([call, scope]) => [call, scope]);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  test("has a row for each status, with its problem types", () => {
    const statuses = [...new Set(paths.flatMap((path) => path.statuses))].toSorted();
    const found = rows.filter(([status]) => /^\d{3}$/.test(status ?? ""));
    expect(found.map(([status]) => status)).toEqual(statuses);
    for (const [status, means = ""] of found.filter(([status]) => Number(status) >= 400 && status !== "429")) {
      const types = Object.entries(problemTypes).filter(([, one]) => String(one.status) === status);
      expect([status, means]).toEqual([status, types.map(([type]) => `\`${type}\``).join(", ")]);
    }
  });

  test("has a row for each problem type, with the contract's cause and remedy", () => {
    const expected = Object.entries(problemCatalogue).map(([type, { cause, remedy }]) => {
      const [, { status }] = Object.entries(problemTypes).find(([name]) => name === type) ?? ["", { status: 0 }];
      return [`\`${type}\``, String(status), cause, remedy];
    });
    expect(rows.filter((row) => row.length === 4 && row[0]?.startsWith("`"))).toEqual(expected);
  });
});
