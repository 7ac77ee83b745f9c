import { describe, expect, test } from "vitest";
import type { Problem } from "../../../lib/http/problem.ts";
import { routes, unroutedProblem } from "../../../lib/http/routes.ts";
import { eventOf } from "../../fakes/gateway-event.ts";
import { readTemplateRoutes } from "../../gateway/template-routes.ts";

describe("routes", () => {
  test("match those of the template, which adds the page and a fallback", async () => {
    const template = (await readTemplateRoutes()).map(({ method, path }) => `${method} ${path}`);
    const here = Object.entries(routes).flatMap(([path, methods]) => methods.map((method) => `${method} ${path}`));
    expect(template.toSorted()).toEqual([...here, "GET /", "HEAD /", "* *"].toSorted());
  });
});

interface Where {
  readonly domainPrefix?: string;
  readonly stage?: string;
}

function unrouted(method: string, rawPath: string, where: Where = {}): Problem {
  const event = eventOf({ rawPath });
  const http = { ...event.requestContext.http, method };
  return unroutedProblem({ rawPath, requestContext: { ...event.requestContext, http, ...where } });
}

const customDomain = { domainPrefix: "images" };

describe("unroutedProblem()", () => {
  test.each([
    ["PUT", "/tasks", "GET, HEAD, POST"],
    ["OPTIONS", "/tasks", "GET, HEAD, POST"],
    ["PATCH", "/tasks/edge:global:21", "GET, HEAD, DELETE"],
    ["GET", "/tasks/edge%3Aglobal%3A21/cancel", "POST"],
    ["POST", "/health", "GET, HEAD"],
  ])("is a 405 for %s %s, with the methods allowed", (method, path, allow) => {
    const { type, detail } = unrouted(method, path);
    expect([type, detail.headers, detail.detail]).toEqual(["method-not-allowed", { allow }, `Allowed: ${allow}`]);
  });

  test.each(["/", "/task", "/tasks/", "/tasks//cancel", "/tasks/a/b", "/tasks/a/cancel/", "/TASKS", "/constructor"])(
    "returns a 404 for %s",
    (path) => {
      expect(unrouted("PUT", path).type).toBe("unknown-route");
    },
  );

  test.each([
    ["PUT", "/base/tasks", customDomain, "GET, HEAD, POST"],
    ["PUT", "/team/images/tasks/edge:global:21", customDomain, "GET, HEAD, DELETE"],
    ["PUT", "/base/tasks/connections", customDomain, "GET, HEAD, DELETE"],
    ["GET", "/base/tasks/a/cancel", customDomain, "POST"],
    ["PUT", "/tasks", customDomain, "GET, HEAD, POST"],
    ["PUT", "/dev/tasks", { stage: "dev" }, "GET, HEAD, POST"],
  ])("is a 405 for %s %s under %j", (method, path, where, allow) => {
    const { type, detail } = unrouted(method, path, where);
    expect([type, detail.headers]).toEqual(["method-not-allowed", { allow }]);
  });

  test.each([
    ["PUT", "/dev/tasks", {}],
    ["PUT", "/base/tasks", { stage: "dev" }],
    ["PUT", "/base/nothing", customDomain],
    ["GET", "/base/nothing/tasks", customDomain],
    ["PUT", "/base/tasks/", customDomain],
  ])("is a 404 for %s %s under %j", (method, path, where) => {
    expect(unrouted(method, path, where).type).toBe("unknown-route");
  });
});
