import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../../lib/domain/errors.ts";
import { openEnvelope } from "../../../../lib/providers/apsara-route/envelope.ts";
import { answer, errorOf, fixture } from "./answers.ts";

const hint = "(check the endpoint, the region, and any proxy)";
const payload = { TotalCount: 0, TaskSet: { Task: [] } };

describe("openEnvelope() rejects", () => {
  test("a page that is not the API's, with the request id from its header", () => {
    const response = answer("<html>", { status: 502, headers: { "x-ca-request-id": "G-1" } });
    expect(errorOf(() => openEnvelope(response))).toMatchObject({ kind: "unavailable", code: null, requestId: "G-1" });
  });

  test("a gateway error, with the request id from its body when the headers have none", () => {
    const headers = { "x-ca-error-code": "T429ID" };
    const response = answer({ RequestId: "R-1" }, { status: 429, headers });
    expect(errorOf(() => openEnvelope(response))).toMatchObject({ kind: "throttled", requestId: "R-1" });
    const both = answer({ RequestId: "R-1" }, { status: 429, headers: { ...headers, "x-ca-request-id": "G-1" } });
    expect(errorOf(() => openEnvelope(both)).requestId).toBe("G-1");
  });

  test.each<unknown>([{ toString: 1 }, {}, [0], ["OK"]])(
    "a code that is not text, whatever its value: %j",
    (resultCode) => {
      const error = errorOf(() => openEnvelope(answer({ resultCode, resultMsg: "no" })));
      expect(error).toMatchObject({ message: "no", code: null });
    },
  );

  test("an answer of null", () => {
    expect(errorOf(() => openEnvelope(answer("null")))).toMatchObject({
      kind: "malformed",
      scope: "target",
      message: `HTTP 200 with no answer of this API: no content type, "null" ${hint}`,
    });
  });
});

describe("openEnvelope() opens", () => {
  test("the published success, which has a request id and no tasks", () => {
    expect(openEnvelope(answer(fixture("request-id-only")))).toEqual({
      payload: { RequestID: "1E3D5A1E0-67CA-43DA-24BC-EAF2D5A1E4DC" },
      requestId: "1E3D5A1E0-67CA-43DA-24BC-EAF2D5A1E4DC",
    });
  });

  test.each([
    ["flat", { RequestID: "R-1", ...payload }],
    ["result as an object", { result: { RequestID: "R-1", ...payload }, resultCode: "0", resultMsg: "success" }],
    ["result as a JSON string", { result: JSON.stringify({ RequestID: "R-1", ...payload }), resultCode: "0" }],
    ["result inside result", { resultCode: 0, result: { resultCode: "0", result: { requestId: "R-1", ...payload } } }],
    [
      "Code 200 beside the payload",
      { Code: "200", Message: "successful", Success: true, RequestId: "R-1", ...payload },
    ],
    ["an odd Code beside the payload", { Code: "Odd", RequestId: "R-1", ...payload }],
    ["asapiErrorCode 200", { asapiSuccess: true, asapiErrorCode: "200", asapiRequestId: "R-1", ...payload }],
  ])("the tasks in this form: %s", (_name, body) => {
    const opened = openEnvelope(answer(body));
    expect(opened.requestId).toBe("R-1");
    expect(opened.payload["TaskSet"]).toEqual({ Task: [] });
  });

  test.each([{ TaskSet: "" }, { TotalCount: 0 }, { resultCode: "0" }, { RequestId: "R" }, { asapiRequestId: "R" }])(
    "%j as an empty list",
    (body) => {
      expect(openEnvelope(answer(body)).payload).toEqual(body);
    },
  );

  test("an unrelated result beside the tasks without unwrapping it", () => {
    const body = { RequestID: "R-1", ...payload, result: { RequestID: "R-2" } };
    expect(openEnvelope(answer(body))).toEqual({ payload: body, requestId: "R-1" });
  });

  test("three nested results but not a fourth", () => {
    const three = { result: { result: { result: { resultCode: "0", ...payload } } } };
    expect(openEnvelope(answer(three)).payload["TaskSet"]).toEqual({ Task: [] });
    expect(errorOf(() => openEnvelope(answer({ result: three })))).toMatchObject({
      kind: "malformed",
      message: "the result is not an object",
    });
  });

  test("a result when only the layer around it identifies this API", () => {
    expect(openEnvelope(answer({ resultCode: "0", result: { more: 1 } })).payload).toEqual({ more: 1 });
  });

  test.each([
    { resultCode: null },
    { resultCode: "OK" },
    { resultCode: "Success" },
    { resultCode: 200 },
    { errorKey: "" },
    { errorKey: null },
    { asapiSuccess: true },
    { success: "false" },
  ])("a payload beside %j", (said) => {
    expect(openEnvelope(answer({ RequestID: "R", ...said })).requestId).toBe("R");
  });

  test("an answer with any success status", () => {
    expect(openEnvelope(answer({ RequestID: "R" }, { status: 299 })).requestId).toBe("R");
  });

  test("an empty result of a success as an empty list", () => {
    expect(openEnvelope(answer({ result: null, resultCode: "0" })).payload).toEqual({});
    expect(openEnvelope(answer({ result: "", resultCode: 0 })).payload).toEqual({});
  });

  test.each(["200", 200, "OK", "Success", ""])("Code %j without tasks as an empty list", (Code) => {
    expect(openEnvelope(answer({ Code, Success: true, RequestId: "R-1" })).requestId).toBe("R-1");
  });

  test("an answer with the gateway's request id when the body has none", () => {
    const headers = { "x-ca-request-id": "G-1" };
    expect(openEnvelope(answer({ resultCode: "0", result: payload }, { headers })).requestId).toBe("G-1");
    const older = { "x-acs-request-id": "A-1" };
    expect(openEnvelope(answer({ resultCode: "0", result: payload }, { headers: older })).requestId).toBe("A-1");
    expect(openEnvelope(answer({ resultCode: "0", result: payload })).requestId).toBeNull();
  });

  test.each(["RequestId", "RequestID", "requestId", "asapiRequestId"])("a request id under the name %s", (name) => {
    expect(openEnvelope(answer({ [name]: "R-1", TotalCount: 0 })).requestId).toBe("R-1");
    expect(openEnvelope(answer({ [name]: "not one", TotalCount: 0 })).requestId).toBeNull();
  });
});

describe("openEnvelope() rejects", () => {
  test.each(["failure", "failure-sample"])("%s.json as a transient portal error", (name) => {
    const error = errorOf(() => openEnvelope(answer(fixture(name), { headers: { "x-ca-request-id": "G-1" } })));
    expect(error).toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      code: "-1",
      message: "system error",
      requestId: "G-1",
    });
  });

  test.each([
    ["resultCode", { resultCode: "403", resultMsg: "no access" }, "unauthorized", "403"],
    ["a Code without a payload", { Code: "MissingParameter", Message: "RegionId" }, "bad-request", "MissingParameter"],
    ["a lower-case code", { code: "InvalidParameter", message: "x" }, "bad-request", "InvalidParameter"],
    [
      "asapiSuccess false",
      { asapiSuccess: false, asapiErrorCode: "NoPermission.User" },
      "unauthorized",
      "NoPermission.User",
    ],
    ["success false", { success: false, errorCode: "Odd", RequestId: "R" }, "unavailable", "Odd"],
    ["errorKey", { errorKey: "Odd.Key", errorMessage: "x", TaskSet: { Task: [] } }, "unavailable", "Odd.Key"],
    [
      "a failure inside result",
      { resultCode: "0", result: { Code: "Throttling.User", Message: "x" } },
      "throttled",
      "Throttling.User",
    ],
    [
      "a failure inside a result string",
      { resultCode: "0", result: '{"Code":"Throttling"}' },
      "throttled",
      "Throttling",
    ],
  ])("%s on status 200", (_name, body, kind, code) => {
    expect(errorOf(() => openEnvelope(answer(body)))).toMatchObject({ kind, code });
  });

  test.each(["resultCode", "Code", "code", "asapiErrorCode", "errorCode", "errorKey"])(
    "an error with its code in the field %s and without a success code",
    (name) => {
      const said = { success: false, resultCode: "0", [name]: "Odd.One" };
      expect(errorOf(() => openEnvelope(answer(said))).code).toBe("Odd.One");
    },
  );

  test.each(["resultMsg", "Message", "message", "asapiErrorMessage", "errorMessage", "errorTitle"])(
    "an error with its message in the field %s",
    (name) => {
      const said = { success: false, resultMsg: "", [name]: "odd" };
      expect(errorOf(() => openEnvelope(answer(said)))).toMatchObject({ message: "odd", code: null });
    },
  );

  test.each([
    { Success: false },
    { success: false },
    { asapiSuccess: false },
    { resultCode: {} },
    { resultCode: "Odd", ...payload },
    { Code: "Odd", TaskSet: "" },
    { errorSample: null },
    { errorSample: [] },
  ])("%j on status 200", (said) => {
    expect(errorOf(() => openEnvelope(answer({ RequestID: "R", ...said })))).toMatchObject({
      kind: "unavailable",
      retry: "no",
      requestId: "R",
    });
  });

  test("an errorSample that is not an object by the fields around it", () => {
    const error = errorOf(() => openEnvelope(answer({ errorSample: "x", errorCode: "Odd", errorMessage: "words" })));
    expect(error).toMatchObject({ code: "Odd", message: "words" });
  });

  test("JSON with an error status by its own code and message", () => {
    const error = errorOf(() =>
      openEnvelope(answer({ errorCode: "Odd", message: "words", requestId: "R" }, { status: 404 })),
    );
    expect(error).toMatchObject({ kind: "bad-request", code: "Odd", message: "words", requestId: "R" });
  });

  test.each([
    [199, "unavailable", `HTTP 199 with no answer of this API: no content type, no text ${hint}`],
    [299, "malformed", `HTTP 299 with no answer of this API: no content type, no text ${hint}`],
    [300, "malformed", `the gateway redirects ${hint}`],
    [399, "malformed", `the gateway redirects ${hint}`],
    [400, "bad-request", `HTTP 400 with no answer of this API: no content type, no text ${hint}`],
  ])("an empty body on status %i", (status, kind, message) => {
    expect(errorOf(() => openEnvelope(answer("", { status })))).toMatchObject({ kind, retry: "no", message });
  });

  test.each([
    [199, "unavailable"],
    [300, "malformed"],
  ])("a list of tasks on status %i", (status, kind) => {
    expect(errorOf(() => openEnvelope(answer(fixture("flat"), { status })))).toMatchObject({ kind, retry: "no" });
  });

  test.each([
    ["HTML", "<html>maintenance</html>", `HTTP 200 with no answer of this API: no content type, "maintenance" ${hint}`],
    ["nothing", "", `HTTP 200 with no answer of this API: no content type, no text ${hint}`],
    ["a list", "[]", `HTTP 200 with no answer of this API: no content type ${hint}`],
    ["a string", '"ok"', `HTTP 200 with no answer of this API: no content type ${hint}`],
    ["something else's JSON", '{"status":"UP"}', `HTTP 200 with no answer of this API: no content type ${hint}`],
    ["a result that is no JSON", '{"resultCode":"0","result":"oops"}', "the result is not an object"],
    ["a result that is a list", '{"resultCode":"0","result":[1]}', "the result is not an object"],
    ["a result whose JSON is null", '{"resultCode":"0","result":"null"}', "the result is not an object"],
  ])("%s on status 200 as malformed", (_name, body, message) => {
    const error = errorOf(() => openEnvelope(answer(body, { headers: { "x-ca-request-id": "G-1" } })));
    expect(error).toMatchObject({ kind: "malformed", retry: "no", message, requestId: "G-1" });
  });

  test.each([
    [502, "unavailable", "backoff"],
    [503, "unavailable", "backoff"],
    [404, "bad-request", "no"],
    [403, "unauthorized", "no"],
    [401, "unauthorized", "no"],
    [429, "throttled", "backoff"],
  ])("HTML on status %i as %s", (status, kind, retry) => {
    const page = answer("<html>blocked</html>", { status, headers: { "content-type": "text/html; charset=utf-8" } });
    const message = `HTTP ${status} with no answer of this API: text/html, "blocked" ${hint}`;
    expect(errorOf(() => openEnvelope(page))).toMatchObject({ kind, retry, scope: "target", message });
  });

  test("a redirect without repeating its address", () => {
    const headers = { location: "https://login.example.com/?ticket=1" };
    expect(errorOf(() => openEnvelope(answer("", { status: 302, headers })))).toMatchObject({
      kind: "malformed",
      retry: "no",
      message: `the gateway redirects ${hint}`,
    });
  });

  test("a list of tasks with an error status", () => {
    expect(errorOf(() => openEnvelope(answer(fixture("flat"), { status: 500 })))).toMatchObject({
      kind: "unavailable",
    });
  });

  test("any other answer without an internal failure", () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object({ withNullPrototype: true }).map((value) => JSON.stringify(value)),
    );
    const names = ["result", "resultCode", "Code", "errorSample", "success", "TaskSet", "RequestID"];
    const known = fc.dictionary(fc.constantFrom(...names), fc.jsonValue()).map((value) => JSON.stringify(value));
    const headers = fc.dictionary(
      fc.constantFrom("x-ca-error-code", "x-ca-error-message", "retry-after", "date"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.oneof(body, known), fc.integer({ min: 100, max: 599 }), headers, (text, status, given) => {
        try {
          openEnvelope({ status, headers: given, body: text });
        } catch (error) {
          expect(error).toBeInstanceOf(ProviderError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
