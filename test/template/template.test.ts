import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../lib/http/routes.ts";
import { openDoors, routeKeys } from "./open-doors.ts";
import { createPackagedTemplate } from "./packaged-template.ts";
import type { PackagedTemplate, Resources } from "./packaged-template.ts";

let template: PackagedTemplate;
beforeAll(async () => {
  template = await createPackagedTemplate();
}, 120_000);
afterAll(() => template.remove());

const jwt = { API_AUTH: "jwt", JWT_ISSUER: "https://issuer.example", JWT_AUDIENCE: "image-tasks" };
const apiRoutes = Object.entries(routes).flatMap(([path, methods]) => methods.map((method) => `${method} ${path}`));
const roles = { ...jwt, API_AUTH: "roles", ROLES_CLAIM: "cognito:groups", READ_ROLES: "a,b", WRITE_ROLES: "b" };
const modes = { iam: {}, jwt, roles };
/** A browser cannot sign its requests, so that the page exists only with tokens. */
const pageRoutes = { iam: [], jwt: ["GET /", "HEAD /"], roles: ["GET /", "HEAD /"] };

/** The access setting of each function, checked behind the gateway. */
function callersOf(resources: Resources): unknown[] {
  const functions = Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::Function");
  return functions.map(({ Properties }) => {
    const { Variables } = Properties["Environment"] as { Variables: Record<string, unknown> };
    expect(Variables).not.toHaveProperty("LOCAL_MODE");
    expect(Variables).not.toHaveProperty("API_TOKEN");
    return Variables["CALLERS"];
  });
}

function proxyVariablesOf(resources: Resources): string[] {
  const functions = Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::Function");
  return functions.map(({ Properties }) => {
    const { Variables } = Properties["Environment"] as { Variables: Record<string, unknown> };
    return `${String(Variables["HTTPS_PROXY"])} ${String(Variables["NO_PROXY"])}`;
  });
}

/** The different values that the functions have. */
function variablesOf(resources: Resources, name: string): unknown[] {
  const functions = Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::Function");
  const values = functions.map(({ Properties }) => {
    return (Properties["Environment"] as { Variables: Record<string, unknown> }).Variables[name];
  });
  return [...new Set(values)];
}

/** Replaces text that must occur exactly once. */
function replaced(text: string, place: string, by: string): string {
  const parts = text.split(place);
  if (parts.length !== 2) throw new Error(`the configuration has ${parts.length - 1} times ${place}`);
  return parts.join(by);
}

/** The route without its authorizer. */
function unguarded(text: string, route: string): string {
  const [before = "", after = "", ...more] = text.split(`${route}, authorizer: `);
  if (after === "" || more.length > 0) throw new Error(`the configuration must have ${route} once, with an authorizer`);
  return `${before}${route}${after.slice(after.indexOf(" }"))}`;
}

describe.each(["iam", "jwt", "roles"] as const)("the deployed template, with access by %s", (mode) => {
  test("has every route, a fallback, and no open route but that of the page", async () => {
    const resources = await template.package(modes[mode]);
    expect(routeKeys(resources).toSorted()).toEqual([...apiRoutes, ...pageRoutes[mode], "$default"].toSorted());
    expect(openDoors(resources)).toEqual([]);
    expect([...new Set(callersOf(resources))]).toEqual([mode]);
  }, 120_000);

  test("is reported as open when a route has no authorizer", async () => {
    const opened = await template.package(modes[mode], (text) => {
      const health = unguarded(text, "method: HEAD, path: /health");
      const contract = unguarded(health, "method: GET, path: /openapi.json");
      return unguarded(unguarded(contract, 'method: POST, path: "/tasks/{id}/cancel"'), 'method: "*", path: "*"');
    });
    expect(openDoors(opened)).toEqual([
      "POST /tasks/{id}/cancel asks for too little",
      "HEAD /health asks for too little",
      "GET /openapi.json asks for too little",
      "$default asks for too little",
    ]);
  }, 120_000);
});

describe("the deployed template", () => {
  test.each([
    ["leads to another function", "handler: .build/page.handler", "handler: .build/health.handler"],
    ["may do more than log", "    role: PageRole\n", "    role: HealthRole\n"],
  ])(
    "is reported as open when the page's route %s",
    async (_what, place, by) => {
      const opened = await template.package(jwt, (text) => replaced(text, place, by));
      expect(openDoors(opened).toSorted()).toEqual(["GET / asks for too little", "HEAD / asks for too little"]);
    },
    120_000,
  );

  test("is reported as open through a weaker scope, CORS, or a function URL", async () => {
    const opened = await template.package(jwt, (text) => {
      const path = 'method: DELETE, path: "/tasks/{id}", authorizer: "${self:custom.callers';
      const scope = replaced(text, `${path}.write}"`, `${path}.read}"`);
      const cors = replaced(scope, "  httpApi:\n    authorizers:", "  httpApi:\n    cors: true\n    authorizers:");
      return replaced(cors, "    handler: .build/list.handler\n", "    handler: .build/list.handler\n    url: true\n");
    });
    expect(openDoors(opened).toSorted()).toEqual([
      "DELETE /tasks/{id} asks for too little",
      "HttpApi lets pages of other origins in",
      "ListLambdaFunctionUrl is a function's own URL",
      "ListLambdaPermissionFn lets others than the gateway and the schedule in",
      "ListLambdaPermissionFnUrl lets others than the gateway and the schedule in",
    ]);
  }, 120_000);

  test("asks tokens for the configured scopes, and tells the functions so", async () => {
    const scopes = { read: "image-tasks/tasks.read", write: "image-tasks/tasks.write" };
    const resources = await template.package({ ...jwt, READ_SCOPE: scopes.read, WRITE_SCOPE: scopes.write });
    expect(openDoors(resources, scopes)).toEqual([]);
    expect(openDoors(resources)).toHaveLength(apiRoutes.length + 1);
    expect(variablesOf(resources, "READ_SCOPE")).toEqual([scopes.read]);
    expect(variablesOf(resources, "WRITE_SCOPE")).toEqual([scopes.write]);
  }, 120_000);

  test("leaves roles to the functions, which know them", async () => {
    const resources = await template.package(roles);
    const names = ["ROLES_CLAIM", "READ_ROLES", "WRITE_ROLES"];
    expect(names.map((name) => variablesOf(resources, name))).toEqual([["cognito:groups"], ["a,b"], ["b"]]);
    const unchecked = await template.package(roles, (text) => replaced(text, "{ kind: roles,", "{ kind: iam,"));
    expect(openDoors(unchecked)).toHaveLength(apiRoutes.length + 1);
  }, 120_000);

  test("allows public access only when configured, and tells the functions so", async () => {
    const open = await template.package({}, (text) => replaced(text, "allowAnonymous: false", "allowAnonymous: true"));
    expect(openDoors(open)).toHaveLength(apiRoutes.length + 1);
    expect([...new Set(callersOf(open))]).toEqual(["anyone"]);
  }, 120_000);

  test("gives the functions a proxy of their own, never that of the machine that deploys", async () => {
    const own = { FUNCTIONS_HTTPS_PROXY: "http://proxy.example:3128", FUNCTIONS_NO_PROXY: ".amazonaws.com" };
    const machine = { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "localhost" };
    const [proxied, direct] = [await template.package({ ...own, ...machine }), await template.package(machine)];
    expect(new Set(proxyVariablesOf(proxied))).toEqual(new Set(["http://proxy.example:3128 .amazonaws.com"]));
    expect(new Set(proxyVariablesOf(direct))).toEqual(new Set([" "]));
  }, 120_000);

  test("bounds the calls that wait and the sweeps, and no other function", async () => {
    const reservations = async (env: Record<string, string>) => {
      const functions = Object.entries(await template.package(env)).filter(
        ([, { Type, Properties }]) => Type === "AWS::Lambda::Function" && "ReservedConcurrentExecutions" in Properties,
      );
      return functions.map(([name, { Properties }]) => [name, Properties["ReservedConcurrentExecutions"]]);
    };
    const [get, sweep] = ["GetLambdaFunction", "SweepLambdaFunction"];
    const nothing = { Ref: "AWS::NoValue" };
    expect(await reservations({})).toEqual([
      [get, 50],
      [sweep, 5],
    ]);
    expect(await reservations({ GET_CONCURRENCY: "7", SWEEP_CONCURRENCY: "2" })).toEqual([
      [get, 7],
      [sweep, 2],
    ]);
    expect(await reservations({ GET_CONCURRENCY: "none", SWEEP_CONCURRENCY: "none" })).toEqual([
      [get, nothing],
      [sweep, nothing],
    ]);
  }, 120_000);

  test.each([
    ["GET_CONCURRENCY is no number", { GET_CONCURRENCY: "some" }, /functions.get.reservedConcurrency/],
    ["API_AUTH is jwt and there is neither issuer nor audience", { API_AUTH: "jwt" }, /issuerUrl.*audience/s],
    ["API_AUTH is none", { API_AUTH: "none" }, /Cannot resolve variable/],
    ["API_AUTH is anyone", { API_AUTH: "anyone" }, /Cannot resolve variable/],
  ])(
    "is not built when %s",
    async (_what, env, message) => {
      await expect(template.package(env)).rejects.toThrow(message);
    },
    120_000,
  );
});
