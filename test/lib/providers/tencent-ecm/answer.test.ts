import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../../lib/domain/errors.ts";
import { readAnswer } from "../../../../lib/providers/tencent-ecm/answer.ts";
import { fixture } from "./fixture.ts";

const asked = { action: "DescribeCustomImageTask", nowMs: Date.parse("2020-06-16T08:00:00Z") };

function errorOf(response: { status?: number; headers?: Record<string, string>; body: string }): ProviderError {
  try {
    readAnswer({ status: 200, headers: {}, ...response }, asked);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error("it was read as no error");
}

function withCode(Code: string, Message = "no"): string {
  return JSON.stringify({ Response: { Error: { Code, Message }, RequestId: "r-1" } });
}

test("readAnswer() returns the fields and the request id of an answer without Error", () => {
  const answer = readAnswer({ status: 200, headers: {}, body: fixture("tasks-none-null.json") }, asked);
  expect(answer.requestId).toBe("854aeb35-e3e0-451d-87ad-b0894b99cea4");
  expect(answer.fields["ImageTaskSet"]).toBeNull();
  expect(answer.fields["TotalCount"]).toBe(0);
});

test.each([
  ["RequestLimitExceeded", "throttled", "backoff"],
  ["RequestLimitExceeded.UinLimitExceeded", "throttled", "backoff"],
  ["RequestLimitExceeded.IPLimitExceeded", "throttled", "backoff"],
  ["LimitExceeded", "bad-request", "no"],
  ["AuthFailure.SignatureExpire", "unauthorized", "fix-clock"],
  ["AuthFailure.TokenFailure", "unauthorized", "refresh-credential"],
  ["AuthFailure.SignatureFailure", "unauthorized", "refresh-credential"],
  ["AuthFailure.SecretIdNotFound", "unauthorized", "refresh-credential"],
  ["UnauthorizedOperation", "unauthorized", "no"],
  ["UnauthorizedOperation.ForbiddenOperation", "unauthorized", "no"],
  ["IpInBlacklist", "unauthorized", "no"],
  ["IpNotInWhitelist", "unauthorized", "no"],
  ["InternalError", "unavailable", "backoff"],
  ["FailedOperation.InternalOperationFailure", "unavailable", "backoff"],
  ["FailedOperation", "bad-request", "no"],
  ["ServiceUnavailable", "unavailable", "backoff"],
  ["ResourceUnavailable", "unavailable", "backoff"],
  ["ResourceNotFound", "not-found", "no"],
  ["InvalidParameterValue", "bad-request", "no"],
  ["InvalidParameter.InvalidDataFormat", "bad-request", "no"],
  ["UnknownParameter", "bad-request", "no"],
  ["NoSuchVersion", "bad-request", "no"],
  ["SomethingNew.Entirely", "bad-request", "no"],
])("readAnswer() throws for %s the kind %s with the retry %s", (code, kind, retry) => {
  expect(errorOf({ body: withCode(code) })).toMatchObject({ kind, retry, code, requestId: "r-1" });
});

test("readAnswer() uses the API's own error whatever the status", () => {
  const error = errorOf({ status: 503, body: fixture("error-throttled.json") });
  expect(error).toMatchObject({ kind: "throttled", code: "RequestLimitExceeded" });
});

test.each([
  [429, "throttled", "backoff"],
  [500, "unavailable", "backoff"],
  [502, "unavailable", "backoff"],
  [504, "unavailable", "backoff"],
  [408, "unavailable", "backoff"],
  [407, "unauthorized", "no"],
  [499, "malformed", "no"],
  [401, "unauthorized", "no"],
  [403, "unauthorized", "no"],
  [404, "malformed", "no"],
  [301, "malformed", "no"],
  [204, "malformed", "no"],
])("readAnswer() throws for a gateway's status %d the kind %s with the retry %s", (status, kind, retry) => {
  const error = errorOf({ status, body: fixture("gateway-502.html") });
  expect(error).toMatchObject({ kind, retry, code: null, requestId: null });
  expect(error.scope).toBe("target");
  expect(error.message).toBe(
    `DescribeCustomImageTask: HTTP ${status} with no answer of this API: no content type, "502 Bad Gateway" (check the endpoint, the region, and any proxy)`,
  );
});

test("readAnswer() accepts only status 200 as a success, whatever the body", () => {
  expect(errorOf({ status: 503, body: fixture("tasks-none-null.json") })).toMatchObject({ kind: "unavailable" });
});

test.each([
  ["", "empty"],
  ["<html>", "HTML"],
  ['{"Response":{"RequestId":', "cut off"],
  ["{}", "without Response"],
  ['{"Response":null}', "with a null Response"],
  ['{"Response":[]}', "with a list as Response"],
  ['{"Response":{"Error":{"Message":"no code"}}}', "with an Error without Code"],
  ['{"Response":{"Error":"oops"}}', "with a text as Error"],
  ["null", "null"],
])("readAnswer() throws malformed when the body %j is %s", (body) => {
  const error = errorOf({ body });
  expect(error).toMatchObject({ kind: "malformed", retry: "no", scope: "target" });
  expect(error.message).toMatch(/^DescribeCustomImageTask: HTTP 200 with no answer of this API: no content type/);
  expect(error.message).toMatch(/ \(check the endpoint, the region, and any proxy\)$/);
});

describe("the error of readAnswer()", () => {
  test("readAnswer() returns a message without URLs, secret ids, and excess text", () => {
    const error = errorOf({
      body: withCode("InvalidParameter", `https://a.b/c?q-ak=AKIDabcdefghijkl ${"x".repeat(400)}`),
    });
    expect(error.message).toBe(
      `DescribeCustomImageTask was refused with InvalidParameter: [redacted] ${"x".repeat(288)}…`,
    );
  });

  test("readAnswer() gives a message without another cloud's credentials", () => {
    const error = errorOf({
      body: withCode("FailedOperation", "OSSAccessKeyId: LTAI5tFakeFake, STS.fakefake, Bearer abc"),
    });
    expect(error.message).toMatch(/: OSSAccessKeyId: \[redacted\], \[redacted\], Bearer \[redacted\]$/);
  });

  test("readAnswer() returns the server's time", () => {
    const headers = { date: "Tue, 16 Jun 2020 08:10:00 GMT" };
    const error = errorOf({ headers, body: fixture("error-signature-expired.json") });
    expect(error.serverTimeMs).toBe(Date.UTC(2020, 5, 16, 8, 10, 0));
    expect(errorOf({ headers: { date: ` ${headers.date} ` }, body: "" }).serverTimeMs).toBe(error.serverTimeMs);
  });

  test.each(["soon", "soon GMT", "2020-06-16T08:10:00Z", "GMT 2020-06-16T08:10:00", "Sat, 01 Jan 20000 00:00:00 GMT"])(
    "readAnswer() returns no server time when the date is %j",
    (date) => {
      expect(errorOf({ headers: { date }, body: withCode("InternalError") }).serverTimeMs).toBeNull();
    },
  );

  test("readAnswer() notes that an error has no message", () => {
    const message = "DescribeCustomImageTask was refused with InternalError: no message";
    expect(errorOf({ body: withCode("InternalError", "") }).message).toBe(message);
    expect(errorOf({ body: '{"Response":{"Error":{"Code":"InternalError","Message":7}}}' }).message).toBe(message);
  });

  test("readAnswer() omits a malformed request id", () => {
    const body = '{"Response":{"RequestId":"two words","Error":{"Code":"InternalError"}}}';
    expect(errorOf({ body }).requestId).toBeNull();
  });

  test("readAnswer() returns the delay when a status other than 200 comes with Retry-After", () => {
    const waitOf = (headers: Record<string, string>) => errorOf({ status: 503, headers, body: "" }).retryAfterMs;
    expect(waitOf({ "retry-after": "7" })).toBe(7_000);
    expect(waitOf({ "retry-after": "120" })).toBe(120_000);
    expect(waitOf({ "retry-after": "0" })).toBe(0);
    expect(waitOf({ "retry-after": "Tue, 16 Jun 2020 08:00:30 GMT" })).toBe(30_000);
    // Measured by the server's clock if the answer includes it.
    const date = "Tue, 16 Jun 2020 08:00:20 GMT";
    expect(waitOf({ "retry-after": "Tue, 16 Jun 2020 08:00:30 GMT", date })).toBe(10_000);
    expect(waitOf({ "retry-after": "Tue, 16 Jun 2020 07:00:00 GMT" })).toBe(0);
    expect(waitOf({ "retry-after": " 7 " })).toBe(7_000);
    for (const none of ["-5", "7s", "in 7", "1234567890"]) expect(waitOf({ "retry-after": none })).toBeNull();
    expect(waitOf({})).toBeNull();
  });

  test("readAnswer() returns no delay when the API itself answers", () => {
    const headers = { "retry-after": "7" };
    expect(errorOf({ headers, body: withCode("RequestLimitExceeded") }).retryAfterMs).toBeNull();
  });
});

test.each([
  ["InvalidParameterValue.FilterLimitExceeded", "target"],
  ["InvalidParameterValue.InvalidFilter", "target"],
  ["InvalidRequest", "target"],
  ["MissingParameter", "target"],
  ["UnsupportedRegion", "target"],
  ["InvalidOperation.NotSupportedEndpoint", "target"],
  ["InvalidParameterValue.Other", "id"],
  ["InvalidParameter", "id"],
])("readAnswer() reads %s as a trouble of the %s", (code, scope) => {
  expect(errorOf({ body: withCode(code) })).toMatchObject({ kind: "bad-request", retry: "no", scope });
});
