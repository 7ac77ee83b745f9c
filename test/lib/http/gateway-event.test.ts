import { describe, expect, test } from "vitest";
import { eventProblem } from "../../../lib/http/gateway-event.ts";
import { http } from "../../../lib/http/http.ts";
import { eventOf, invocation } from "../../fakes/gateway-event.ts";
import { openAccess } from "../../fakes/open-access.ts";

/** What somebody may send who invokes a function directly. */
const { requestContext: _context, ...withoutContext } = eventOf({});
const wrongEvents: readonly (readonly [what: string, event: unknown, field: string])[] = [
  ["nothing", undefined, "event"],
  ["null", null, "event"],
  ["a list", [], "event"],
  ["a text", "GET /tasks", "event"],
  ["an empty object", {}, "rawPath"],
  ["no request context", withoutContext, "requestContext"],
  ["no method", { ...eventOf({}), requestContext: { http: {} } }, "requestContext.http.method"],
  ["headers that are no texts", { ...eventOf({}), headers: { authorization: { length: 1 } } }, "headers.authorization"],
  ["a body that has no text form", { ...eventOf({}), body: { toString: 1 } }, "body"],
  ["a body that is a list", { ...eventOf({}), body: [] }, "body"],
  [
    "a request id that is an object",
    { ...eventOf({}), requestContext: { http: { method: "GET" }, requestId: { length: 9 } } },
    "requestContext.requestId",
  ],
  ["no headers", { ...eventOf({}), headers: null }, "headers"],
  ["cookies that are no list", { ...eventOf({}), cookies: "a=1" }, "cookies"],
  ["a path that begins with no slash", { ...eventOf({}), rawPath: "tasks" }, "rawPath"],
  ["a path that is a number", { ...eventOf({}), rawPath: 7 }, "rawPath"],
  [
    "payload version 1.0",
    { version: "1.0", path: "/tasks", httpMethod: "GET", headers: {}, requestContext: {} },
    "rawPath",
  ],
];

describe("eventProblem()", () => {
  test("accepts what API Gateway sends", () => {
    expect(eventProblem(eventOf({}))).toBeUndefined();
    expect(eventProblem(eventOf({ body: "{}", cookies: ["a=1"], pathParameters: { id: "a:b:c" } }))).toBeUndefined();
    for (const body of [0, true, null]) expect(eventProblem({ ...eventOf({}), body })).toBeUndefined();
    expect(eventProblem(JSON.parse('{"__proto__":{},"headers":{"__proto__":"x"}}'))).toBeDefined();
  });

  test.each(wrongEvents)("names what is wrong with %s", (_what, event, field) => {
    const problem = eventProblem(event);
    expect([problem?.type, problem?.detail.errors?.map((one) => one.field)]).toEqual([
      "invalid-parameters",
      expect.arrayContaining([field]),
    ]);
  });
});

describe("http() with an event that API Gateway cannot have sent", () => {
  test.each(wrongEvents)("answers 400 to %s and does not begin the work", async (_what, event) => {
    const handler = http({ log: () => undefined, access: openAccess }, async () => {
      throw new Error("the work began");
    });
    const answer = await handler(event as never, invocation());
    expect([answer.statusCode, answer.headers?.["content-type"]]).toEqual([400, "application/problem+json"]);
  });
});
