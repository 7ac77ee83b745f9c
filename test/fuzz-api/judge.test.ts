import { describe, expect, test } from "vitest";
import { firstPage } from "../../lib/openapi/examples.ts";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import type { FuzzRequest, FuzzResponse } from "./caller.ts";
import { createJudge } from "./judge.ts";

const secret = "s3cret-of-the-sandbox";
const document = openApiDocument();
const judge = createJudge({ document, secrets: [secret], mayBeBusy: false });

const asked: FuzzRequest = { method: "GET", target: "/tasks?status=failed", headers: {}, body: null };
const page: FuzzResponse = {
  status: 200,
  headers: {
    "content-type": "application/json",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    etag: 'W/"abc"',
    link: '</tasks?status=failed&cursor=bm90IGEgY3Vyc29y>; rel="next"',
  },
  body: JSON.stringify(firstPage),
};
const refused: FuzzResponse = problem("invalid-parameters", 400, "Some parameters of the request are wrong", {
  errors: [{ field: "limit", detail: "must be a whole number from 1 to 100" }],
});
const failed: FuzzResponse = problem("internal", 500, "The service failed", {});

function problem(type: string, status: number, title: string, more: object): FuzzResponse {
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body: JSON.stringify({ type: `urn:image-tasks:problem:${type}`, title, status, ...more }),
  };
}

function faults(request: FuzzRequest, response: FuzzResponse): string[] {
  return judge(request, response).map(({ kind, what }) => `${kind}: ${what}`);
}

describe("the fuzzer's judge", () => {
  test("accepts a correct answer to a valid request and an error for an invalid one", () => {
    expect(faults(asked, page)).toEqual([]);
    expect(faults({ ...asked, target: "/tasks?limit=0" }, refused)).toEqual([]);
    expect(faults({ ...asked, target: "/tasks?limit=5&limit=6" }, refused)).toEqual([]);
  });

  test.each([
    ["a failure", asked, failed, "unhandled: the status 500"],
    ["a status that is not documented", asked, { ...page, status: 418 }, "undocumented: the status 418"],
    ["a refusal of what is allowed", asked, refused, "mismatch: what the document allows was refused"],
    [
      "a refusal of what is allowed because of its Accept header",
      { ...asked, headers: { accept: "text/html" } },
      refused,
      "mismatch: what the document allows was refused",
    ],
    [
      "a number out of bounds that is taken",
      { ...asked, target: "/tasks?limit=101" },
      page,
      "mismatch: what the document forbids was taken",
    ],
    [
      "an unknown parameter that is taken",
      { ...asked, target: "/tasks?stauts=failed" },
      page,
      "mismatch: what the document forbids was taken",
    ],
    [
      "an unknown method that is taken",
      { ...asked, method: "PATCH" },
      page,
      "mismatch: what the document forbids was taken",
    ],
    [
      "304 to whoever did not ask",
      asked,
      { ...page, status: 304, body: "" },
      "mismatch: 304 to somebody who did not ask for it",
    ],
    [
      "a link to another page",
      asked,
      { ...page, headers: { ...page.headers, link: '</tasks?cursor=other>; rel="next"' } },
      "mismatch: Link leads elsewhere than nextCursor",
    ],
    [
      "a link after the last page",
      asked,
      { ...page, body: page.body.replace('"bm90IGEgY3Vyc29y"', "null") },
      "mismatch: Link leads on from the last page",
    ],
    [
      "a secret in a header",
      asked,
      { ...page, headers: { ...page.headers, etag: `W/"${secret}"` } },
      "mismatch: a secret is in the answer",
    ],
    [
      "a stack in a body",
      { ...asked, target: "/tasks?limit=0" },
      { ...refused, body: refused.body.replace("must be a whole", "at read (/srv/list.mjs:1:20) must be a whole") },
      "mismatch: a stack is in the answer",
    ],
    [
      "a wrong body that is taken",
      { method: "POST", target: "/tasks", headers: { "content-type": "application/json" }, body: '{"nativeId":1}' },
      { ...page, status: 201 },
      "mismatch: what the document forbids was taken",
    ],
  ] satisfies [string, FuzzRequest, FuzzResponse, string][])("reports %s", (_what, request, response, fault) => {
    expect(faults(request, response)).toContain(fault);
  });

  test("excuses the problems of a busy service, and no other failure", () => {
    const lenient = createJudge({ document, secrets: [], mayBeBusy: true });
    const throttled = problem("provider-failed", 502, "The provider could not answer", {});
    expect(lenient(asked, throttled)).toEqual([]);
    const busy = problem("busy", 503, "The service is busy", {});
    expect(lenient(asked, busy).filter(({ kind }) => kind === "unhandled")).toEqual([]);
    expect(judge(asked, busy).map(({ kind }) => kind)).toContain("unhandled");
    expect(lenient(asked, failed).map(({ kind }) => kind)).toEqual(["unhandled"]);
  });
});
