import { describe, expect, test } from "vitest";
import type { Access } from "../../../lib/config/environment.ts";
import { authorize } from "../../../lib/http/access.ts";
import { eventOf } from "../../fakes/gateway-event.ts";
import { openAccess } from "../../fakes/open-access.ts";
import { problemOf } from "../../fakes/problem-of.ts";

interface Asked {
  readonly method?: string;
  readonly authorizer?: unknown;
  readonly headers?: Record<string, string>;
}

/** `"through"`, or the type of the problem. */
async function outcome(access: Partial<Access>, { method = "GET", authorizer, headers = {} }: Asked): Promise<string> {
  const plain = eventOf({ headers });
  const http = { ...plain.requestContext.http, method };
  const event = { ...plain, requestContext: { ...plain.requestContext, http, authorizer } };
  const problem = await problemOf(() => {
    authorize(event, { ...openAccess, ...access });
    throw new Through();
  }).catch((error: unknown) => error);
  return problem instanceof Through ? "through" : (problem as { type: string }).type;
}

class Through extends Error {}

const iam = { iam: { accountId: "123456789012", userArn: "arn:aws:iam::123456789012:user/ci" } };
const jwt = (scopes: unknown, claims: unknown = {}) => ({ jwt: { claims, scopes } });

describe("authorize()", () => {
  test.each([
    ["iam", iam, "through"],
    ["iam", undefined, "unauthenticated"],
    ["iam", null, "unauthenticated"],
    ["iam", jwt(["tasks:read"]), "unauthenticated"],
    ["jwt", jwt(["tasks:read"]), "through"],
    ["jwt", undefined, "unauthenticated"],
    ["jwt", iam, "unauthenticated"],
    ["jwt", jwt(null), "forbidden"],
    ["jwt", jwt([]), "forbidden"],
    ["anyone", undefined, "through"],
    ["anyone", { lambda: {}, jwt: {} }, "through"],
  ] as const)("in mode %s with %j: %s", async (callers, authorizer, expected) => {
    expect(await outcome({ callers }, { authorizer })).toBe(expected);
  });

  test.each([
    ["GET", jwt(["tasks:read"]), "through"],
    ["HEAD", jwt(["tasks:read"]), "through"],
    ["GET", jwt(["tasks:write"]), "forbidden"],
    ["POST", jwt(["tasks:read"]), "forbidden"],
    ["DELETE", jwt(["tasks:read"]), "forbidden"],
    ["POST", jwt(["tasks:read", "tasks:write"]), "through"],
    ["DELETE", jwt(["tasks:write"]), "through"],
    ["POST", jwt(["tasks:writer"]), "forbidden"],
    // The route's scopes must not replace those of the token.
    ["POST", jwt(["tasks:write"], { scope: "tasks:read" }), "forbidden"],
    ["POST", jwt(["tasks:write"], { scope: "openid tasks:write" }), "through"],
    ["POST", jwt(["tasks:write"], { scp: "[tasks:read tasks:write]" }), "through"],
    ["POST", jwt(["tasks:write"], { scp: ["tasks:read"] }), "forbidden"],
    ["POST", jwt(null, { scope: "tasks:read" }), "forbidden"],
    ["GET", jwt(null, { scope: 5 }), "forbidden"],
    // Spaces alone separate scopes, which may contain commas and brackets.
    ["POST", jwt(null, { scope: "x,tasks:write" }), "forbidden"],
    ["POST", jwt(null, { scope: "x tasks:write" }), "through"],
    ["POST", jwt(null, { scope: "x\ttasks:write" }), "forbidden"],
    ["POST", jwt(null, { scope: "x [tasks:write]" }), "forbidden"],
    ["POST", jwt(null, { scp: "[x,tasks:write]" }), "forbidden"],
    ["POST", jwt(["x tasks:write"]), "forbidden"],
    ["POST", jwt(["[tasks:write]"]), "forbidden"],
    ["POST", jwt(null, { scp: "[tasks:write]" }), "through"],
    ["POST", jwt(["tasks:write"], { roles: "viewers" }), "through"],
  ])("checks a token's scopes for %s with %j: %s", async (method, authorizer, expected) => {
    expect(await outcome({ callers: "jwt" }, { method, authorizer })).toBe(expected);
  });

  test.each([
    ["GET", ["image-tasks/tasks.read"], "through"],
    ["GET", ["tasks:read"], "forbidden"],
    ["POST", ["image-tasks/tasks.write"], "through"],
    ["POST", ["image-tasks/tasks.read"], "forbidden"],
  ] as const)("checks the configured scopes for %s with %j: %s", async (method, scopes, expected) => {
    const configured = { read: "image-tasks/tasks.read", write: "image-tasks/tasks.write" };
    const token = jwt(scopes, { scope: `openid ${scopes.join(" ")}` });
    expect(await outcome({ callers: "jwt", scopes: configured }, { method, authorizer: token })).toBe(expected);
  });

  test.each([
    ["GET", jwt(null, { "cognito:groups": "[viewers]" }), "through"],
    ["HEAD", jwt(null, { "cognito:groups": "[staff viewers]" }), "through"],
    ["GET", jwt(null, { "cognito:groups": "admins" }), "through"],
    ["GET", jwt(null, { "cognito:groups": ["staff", "admins"] }), "through"],
    ["POST", jwt(null, { "cognito:groups": "[staff admins]" }), "through"],
    ["POST", jwt(null, { "cognito:groups": "[viewers]" }), "forbidden"],
    ["POST", jwt(null, { "cognito:groups": "viewers,admins" }), "forbidden"],
    ["POST", jwt(null, { "cognito:groups": "[x-admins]" }), "forbidden"],
    ["GET", jwt(null, {}), "forbidden"],
    ["GET", jwt(null, { "cognito:groups": "" }), "forbidden"],
    ["GET", jwt(null, { roles: "[viewers]" }), "forbidden"],
    ["POST", jwt(["tasks:write"], { scope: "tasks:write" }), "forbidden"],
    ["GET", jwt(null, null), "forbidden"],
    ["GET", undefined, "unauthenticated"],
    ["GET", iam, "unauthenticated"],
  ])("checks a token's roles for %s with %j: %s", async (method, authorizer, expected) => {
    const roles = { ...openAccess.roles, claim: "cognito:groups" };
    expect(await outcome({ callers: "roles", roles }, { method, authorizer })).toBe(expected);
  });

  test("rejects requests from web pages in local mode", async () => {
    const headers = { origin: "https://page.example" };
    expect(await outcome({ callers: "local" }, { headers })).toBe("forbidden");
    expect(await outcome({ callers: "local" }, { headers: {} })).toBe("through");
    expect(await outcome({ callers: "anyone" }, { headers })).toBe("through");
  });

  test("checks a token's scopes even when anyone may call", async () => {
    expect(await outcome({}, { method: "POST", authorizer: jwt(["tasks:read"]) })).toBe("forbidden");
  });

  test.each([
    [{}, "unauthenticated"],
    [{ authorization: "Bearer s3cret" }, "through"],
    [{ authorization: "bearer  s3cret" }, "through"],
    [{ authorization: "Bearer s3cre" }, "unauthenticated"],
    [{ authorization: "Bearer s3cret2" }, "unauthenticated"],
    [{ authorization: "Bearer " }, "unauthenticated"],
    [{ authorization: "Basic s3cret" }, "unauthenticated"],
    [{ authorization: "s3cret" }, "unauthenticated"],
  ])("checks the token in %j: %s", async (headers, expected) => {
    expect(await outcome({ token: "s3cret" }, { headers })).toBe(expected);
  });
});
