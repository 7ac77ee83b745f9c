import { describe, expect, test } from "vitest";
import { routes, unroutedProblem } from "../../../lib/http/routes.ts";
import { readTemplateRoutes } from "../../functions/template-routes.ts";

describe("routes", () => {
  test("match those of the template, which adds a fallback", async () => {
    const template = (await readTemplateRoutes()).map(({ method, path }) => `${method} ${path}`);
    const here = Object.entries(routes).flatMap(([path, methods]) => methods.map((method) => `${method} ${path}`));
    expect(template.toSorted()).toEqual([...here, "* *"].toSorted());
  });
});

describe("unroutedProblem()", () => {
  test.each([
    ["PUT", "/tasks", "GET, HEAD, POST"],
    ["OPTIONS", "/tasks", "GET, HEAD, POST"],
    ["PATCH", "/tasks/edge:global:21", "GET, HEAD, DELETE"],
    ["GET", "/tasks/edge%3Aglobal%3A21/cancel", "POST"],
    ["POST", "/health", "GET, HEAD"],
  ])("is a 405 for %s %s, with the methods allowed", (_method, path, allow) => {
    const { type, detail } = unroutedProblem(path);
    expect([type, detail.headers, detail.detail]).toEqual(["method-not-allowed", { allow }, `Allowed: ${allow}`]);
  });

  test.each(["/", "/task", "/tasks/", "/tasks//cancel", "/tasks/a/b", "/tasks/a/cancel/", "/TASKS", "/constructor"])(
    "returns a 404 for %s",
    (path) => {
      expect(unroutedProblem(path).type).toBe("unknown-route");
    },
  );
});
