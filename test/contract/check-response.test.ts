import { describe, expect, test } from "vitest";
import { connections, failedDetail, firstPage } from "../../lib/openapi/examples.ts";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { checkResponse, createContract } from "./check-response.ts";
import type { SeenResponse } from "./check-response.ts";

const contract = createContract(openApiDocument());

const shared = { "cache-control": "no-cache", "x-content-type-options": "nosniff" };
const json = { ...shared, "content-type": "application/json" };
const problemHeaders = { ...shared, "cache-control": "no-store", "content-type": "application/problem+json" };

const page: SeenResponse = {
  method: "GET",
  path: "/tasks",
  status: 200,
  headers: { ...json, ETag: 'W/"abc"', link: '</tasks?cursor=x>; rel="next"' },
  body: JSON.stringify(firstPage),
};
const detail: SeenResponse = {
  method: "GET",
  path: "/tasks/aliyun%3Acn-hangzhou%3At-1",
  status: 200,
  headers: { ...json, etag: 'W/"abc"', "task-status": "failed" },
  body: JSON.stringify(failedDetail),
};
const report: SeenResponse = {
  method: "GET",
  path: "/connections",
  status: 200,
  headers: { ...json, etag: '"abc"' },
  body: JSON.stringify(connections),
};
const notAllowed: SeenResponse = {
  method: "PUT",
  path: "/tasks",
  status: 405,
  headers: { ...problemHeaders, allow: "GET, HEAD, POST" },
  body: JSON.stringify({
    type: "urn:image-tasks:problem:method-not-allowed",
    title: "The resource does not have this method",
    status: 405,
  }),
};
const unknownRoute: SeenResponse = {
  method: "GET",
  path: "/nothing",
  status: 404,
  headers: problemHeaders,
  body: JSON.stringify({
    type: "urn:image-tasks:problem:unknown-route",
    title: "There is no such resource",
    status: 404,
  }),
};

function whatsIn(response: SeenResponse): string[] {
  return contract.findingsIn(response).map(({ kind, what }) => `${kind}: ${what}`);
}

describe("checkResponse()", () => {
  test("accepts a response that follows the contract", () => {
    for (const right of [page, detail, report, notAllowed, unknownRoute])
      expect(() => checkResponse(right)).not.toThrow();
    expect(whatsIn({ ...page, status: 304, body: "" })).toEqual([]);
    expect(whatsIn({ ...page, method: "HEAD", body: "" })).toEqual([]);
  });

  test("throws for an undocumented status and names it", () => {
    expect(whatsIn({ ...page, status: 418 })).toEqual(["undocumented: the status 418"]);
    expect(whatsIn({ ...page, path: "/nothing" })).toEqual(["undocumented: the status 200"]);
    expect(whatsIn({ ...page, method: "PATCH" })).toEqual(["undocumented: the status 200"]);
    expect(() => checkResponse({ ...page, status: 418 })).toThrow(
      "GET /tasks was answered 418 against the contract:\n  undocumented: the status 418",
    );
  });

  test.each([
    [
      "a field is missing",
      { ...page, body: page.body.replace('"errors":[]', '"error":[]') },
      "body must have required",
    ],
    ["a status is invented", { ...page, body: page.body.replace('"failed"', '"lost"') }, "body/tasks/0/status must be"],
    ["a time has no zone", { ...page, body: page.body.replace("12:31:00.000Z", "12:31:00") }, "must match format"],
    ["it is no JSON", { ...page, body: "<html>" }, "the body is not JSON"],
    ["HEAD has a body", { ...page, method: "HEAD" }, "there is a body"],
    ["304 has a body", { ...page, status: 304 }, "there is a body"],
    ["the ETag is missing", { ...page, headers: json }, "the header ETag is missing"],
    ["tasks have a strong ETag", { ...page, headers: { ...page.headers, ETag: '"abc"' } }, "header ETag must match"],
    ["the ETag is weak", { ...report, headers: { ...report.headers, etag: 'W/"abc"' } }, "header ETag must match"],
    [
      "a header is not documented",
      { ...page, headers: { ...page.headers, "x-powered-by": "us" } },
      "the header x-powered-by",
    ],
    [
      "the media type is another",
      { ...page, headers: { ...page.headers, "content-type": "text/html" } },
      "the content type text/html",
    ],
    ["Allow says too little", { ...notAllowed, headers: { ...notAllowed.headers, allow: "GET" } }, "Allow says GET"],
    ["the problem is another's", { ...unknownRoute, path: "/tasks", status: 500 }, "body/type must be equal"],
    [
      "a function talks like the gateway",
      { ...unknownRoute, path: "/tasks", status: 500, headers: json },
      "only API Gateway",
    ],
  ])("reports the violation when %s", (_what, response, said) => {
    const whats = whatsIn(response);
    expect(whats.length).toBeGreaterThan(0);
    expect(whats.join("\n")).toContain(said);
    expect(whats.filter((what) => !what.startsWith("mismatch"))).toEqual([]);
  });
});
