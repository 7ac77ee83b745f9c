import { describe, expect, test } from "vitest";
import { openEnvelope } from "../../../../lib/providers/apsara-route/envelope.ts";
import { foreignError, refusalError } from "../../../../lib/providers/apsara-route/refusal.ts";
import { answer, errorOf } from "./answers.ts";

/** What the gateway itself answers: told in headers, with an empty body. */
function gateway(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
  const told = { "x-ca-request-id": "G-1", "x-ca-error-code": code, "x-ca-error-message": message };
  return errorOf(() => openEnvelope(answer("", { status, headers: { ...told, ...headers } })));
}

describe("refusalError() for gateway errors", () => {
  test("never repeats the string to sign", () => {
    const message = "Invalid Signature, Server StringToSign:`POST#application/json##x-ca-key:AKEY#/apsara`";
    const error = gateway(400, "A400IS", message);
    expect(error).toMatchObject({
      kind: "unauthorized",
      retry: "refresh-credential",
      code: "A400IS",
      requestId: "G-1",
      message: "the gateway refused the signature (check appKey and appSecret)",
    });
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain("AKEY");
  });

  test.each([
    [429, "T429ID", "Throttled by INNER Domain Flow Control, 1"],
    [403, "", "Throttled by USER Flow Control"],
    [429, "", ""],
    [400, "Throttling.User", "x"],
    [403, "T429PA", ""],
  ])("is throttled for status %i with %j %j", (status, code, message) => {
    expect(gateway(status, code, message)).toMatchObject({ kind: "throttled", retry: "backoff" });
  });

  test.each([
    ["7", 7_000],
    ["120", 120_000],
    ["Sun, 01 Mar 2026 10:00:30 GMT", 30_000],
    ["Sun, 01 Mar 2026 09:59:00 GMT", 0],
    ["soon", null],
    ["-1", null],
  ])("reads Retry-After %j", (value, retryAfterMs) => {
    const headers = { "retry-after": value, date: "Sun, 01 Mar 2026 10:00:00 GMT" };
    expect(gateway(429, "T429ID", "x", headers).retryAfterMs).toBe(retryAfterMs);
  });

  test("requests a clock correction when the timestamp has expired", () => {
    const error = gateway(400, "S403TE", "X-Ca-Timestamp is expired", { date: "Sun, 01 Mar 2026 10:00:00 GMT" });
    expect(error).toMatchObject({ kind: "unauthorized", retry: "fix-clock", serverTimeMs: Date.UTC(2026, 2, 1, 10) });
    expect(gateway(400, "", "Timestamp Expired")).toMatchObject({ retry: "fix-clock", serverTimeMs: null });
  });

  test("requests another nonce when this one was used", () => {
    expect(gateway(400, "S403NU", "Nonce Used")).toMatchObject({ kind: "unauthorized", retry: "new-nonce" });
  });

  test.each([
    [403, "I403AA", "Unauthorized", "unauthorized", "no"],
    [403, "A403IP", "Access denied by IP Control Policy", "unauthorized", "no"],
    [400, "I400MH", "Header `X-Ca-Key` is Required", "bad-request", "no"],
    [404, "I404NF", "API not found", "bad-request", "no"],
    [413, "I413RL", "Request body too Large", "bad-request", "no"],
    [503, "D503BB", "Backend circuit breaker, x", "unavailable", "backoff"],
    [504, "D504TO", "Backend service timeout", "unavailable", "backoff"],
    [200, "D504TO", "Backend service timeout", "unavailable", "backoff"],
  ])("reads %i %s as %s", (status, code, message, kind, retry) => {
    expect(gateway(status, code, message)).toMatchObject({ kind, retry, code, message });
  });

  test.each([
    [400, "A400IK", "Invalid AppKey"],
    [401, "A401AC", "Invalid AppCode"],
  ])("reads %i %s %s as a credential to look up afresh", (status, code, message) => {
    expect(gateway(status, code, message)).toMatchObject({
      kind: "unauthorized",
      retry: "refresh-credential",
      code,
      message: `${message} (check appKey and appSecret)`,
    });
  });

  test("accepts an answer with a message but no code and a success status", () => {
    const headers = { "x-ca-error-message": "OK" };
    expect(openEnvelope(answer({ RequestID: "R" }, { headers })).requestId).toBe("R");
  });

  test("truncates the provider's text and removes its links", () => {
    const error = gateway(400, "I400BD", `Invalid Body:\n see https://a.example.com/?sig=1 ${"x".repeat(400)}`);
    expect(error.message).toHaveLength(300);
    expect(error.message.startsWith("Invalid Body: see [redacted] xxx")).toBe(true);
  });

  test.each([
    "key LTAI5tFakeFakeFakeFake",
    "with Bearer abc.def.ghi",
    "SecurityToken=CAISfakeTOKEN",
    "signature=c2VjcmV0",
    "X-Ca-Key: 60022326",
    "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
  ])("removes what looks like a credential of any cloud from a message: %s", (message) => {
    const error = gateway(400, "I400BD", `${message} was refused`);
    expect(error.message).toMatch(/\[redacted\] was refused$/);
    expect(error.message).not.toMatch(/LTAI|abc|CAIS|c2Vj|6002|AKID/);
  });

  test("drops a malformed code", () => {
    expect(gateway(400, "LTAI5tFakeFakeFakeFake", "x").code).toBeNull();
    expect(gateway(400, "a code with spaces", "x").code).toBeNull();
  });
});

describe("refusalError() for errors of the stack behind the gateway", () => {
  test.each([
    ["Forbidden.RAM", "unauthorized", "no"],
    ["InvalidAccessKeyId.NotFound", "unauthorized", "refresh-credential"],
    ["SignatureDoesNotMatch", "unauthorized", "refresh-credential"],
    ["InvalidTimeStamp.Expired", "unauthorized", "fix-clock"],
    ["SignatureNonceUsed", "unauthorized", "new-nonce"],
    ["InvalidTaskId.NotFound", "not-found", "no"],
    ["InvalidRegionId.NotFound", "bad-request", "no"],
    ["ServiceUnavailable", "unavailable", "backoff"],
    ["InternalError", "unavailable", "backoff"],
    ["Throttling.Api", "throttled", "backoff"],
    ["Rejected.Throttling", "throttled", "backoff"],
    ["SomethingNew", "unavailable", "no"],
  ])("reads Code %s on status 200 as %s, %s", (code, kind, retry) => {
    const body = { RequestId: "R-1", Code: code, Message: "words" };
    expect(errorOf(() => openEnvelope(answer(body)))).toMatchObject({ kind, retry, code, requestId: "R-1" });
  });
});

describe("refusalError()", () => {
  interface Told {
    readonly status?: number;
    readonly code?: unknown;
    readonly message?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  }
  function told({ status = 200, code = null, message = null, headers = {} }: Told) {
    const error = refusalError(answer("", { status, headers }), { code, message, requestId: null, nowMs: null });
    return { ...error, message: error.message, decision: `${error.kind}, ${error.retry}` };
  }

  test.each([
    ["throttling", "throttled, backoff"],
    ["T429XX", "throttled, backoff"],
    ["XT429", "unavailable, no"],
    ["Timestamp is now Expired", "unauthorized, fix-clock"],
    ["Expired is the Timestamp", "unauthorized, fix-clock"],
    ["Nonce was just Used", "unauthorized, new-nonce"],
    ["NoSuchKey", "bad-request, no"],
    ["A400XX", "unauthorized, no"],
    ["A499XX", "unauthorized, no"],
    ["XA400", "unavailable, no"],
    ["A4XX", "unavailable, no"],
    ["A40X", "unavailable, no"],
    ["A4X0", "unavailable, no"],
    ["401", "unauthorized, no"],
    ["403", "unauthorized, no"],
    ["402", "unavailable, no"],
    ["4010", "unavailable, no"],
    ["1403", "unavailable, no"],
    ["Forbidden", "unauthorized, no"],
    ["NotForbidden", "unavailable, no"],
    ["NoPermission.X", "unauthorized, no"],
    ["HasNoPermission", "unavailable, no"],
    ["InvalidAccessKeyId", "unauthorized, refresh-credential"],
    ["AnInvalidAccessKeyId", "unavailable, no"],
    ["-1", "unavailable, backoff"],
    ["x-1", "unavailable, no"],
    ["-12", "unavailable, no"],
    ["500", "unavailable, backoff"],
    ["5000", "unavailable, no"],
    ["1500", "unavailable, no"],
    ["5x0", "unavailable, no"],
    ["50x", "unavailable, no"],
    ["D504TO", "unavailable, backoff"],
    ["d504", "unavailable, backoff"],
    ["XD504", "unavailable, no"],
    ["1504", "unavailable, no"],
    ["D5x4", "unavailable, no"],
    ["D50x", "unavailable, no"],
    ["UnknownError", "unavailable, backoff"],
    ["ServiceUnavailable.X", "unavailable, backoff"],
    ["AnInternalError", "unavailable, no"],
    ["InvalidTaskId.NotFound", "not-found, no"],
    ["AnInvalidTaskId.NotFound", "unavailable, no"],
    ["InvalidTaskId.NotFound.X", "bad-request, no"],
    ["I400MH", "bad-request, no"],
    ["I4x0MH", "unavailable, no"],
    ["I40xMH", "unavailable, no"],
    ["XI400", "unavailable, no"],
    ["MissingRegionId", "bad-request, no"],
    ["Unsupported", "bad-request, no"],
    ["IllegalArgument", "bad-request, no"],
    ["IsMissing", "unavailable, no"],
    ["IsUnsupported", "unavailable, no"],
    ["IsIllegal", "unavailable, no"],
  ])("maps the code %j alone to %s", (code, decision) => {
    expect(told({ code: code.replaceAll(" ", "-"), message: "words" }).decision).toBe(decision);
  });

  test.each([
    ["Throttled by USER", "throttled, backoff"],
    ["it was throttled by the API", "throttled, backoff"],
    ["unthrottled by choice", "unavailable, no"],
    ["throttled bypass", "unavailable, no"],
    ["under Flow Control", "throttled, backoff"],
    ["Throttling", "unavailable, no"],
    ["the timestamp has expired", "unauthorized, fix-clock"],
    ["expired: the timestamp", "unauthorized, fix-clock"],
    [`the timestamp ${"of a request ".repeat(4)} expired`, "unavailable, no"],
    [`expired ${"of a request ".repeat(4)} timestamp`, "unavailable, no"],
    ["the nonce has been used", "unauthorized, new-nonce"],
    [`the nonce ${"of a request ".repeat(4)} was used`, "unavailable, no"],
    ["Invalid AppKey", "unauthorized, refresh-credential"],
    ["invalid appcode", "unauthorized, refresh-credential"],
    ["invalid appsecret", "unauthorized, refresh-credential"],
    ["Please try again later", "unavailable, backoff"],
    ["try later", "unavailable, backoff"],
    ["Another operation is being performed.", "unavailable, backoff"],
    ["they retry lately", "unavailable, no"],
    ["Unauthorized", "unauthorized, no"],
    ["it is unauthorized", "unavailable, no"],
    ["an invalid appkey", "unavailable, no"],
  ])("maps the message %j alone to %s", (message, decision) => {
    expect(told({ message }).decision).toBe(decision);
  });

  test.each([
    [401, "unauthorized, no"],
    [403, "unauthorized, no"],
    [407, "bad-request, no"],
    [408, "unavailable, backoff"],
    [429, "throttled, backoff"],
    [499, "bad-request, no"],
    [500, "unavailable, backoff"],
    [299, "unavailable, no"],
    [300, "malformed, no"],
    [399, "malformed, no"],
    [400, "bad-request, no"],
  ])("maps the status %i alone to %s", (status, decision) => {
    expect(told({ status }).decision).toBe(decision);
  });

  test("blames a redirect on the target, since every call would be redirected", () => {
    expect(told({ status: 302 })).toMatchObject({
      scope: "target",
      message: "the gateway redirects (check the endpoint, the region, and any proxy)",
    });
  });

  test("shows nothing of a message beside a code for a wrong signature", () => {
    const shown = "the gateway refused the signature (check appKey and appSecret)";
    expect(told({ code: "SignatureDoesNotMatch", message: "words" }).message).toBe(shown);
  });

  test.each(["invalid signature", "StringToSign: x", "SignatureDoesNotMatch"])("shows nothing of %j", (message) => {
    const shown = "the gateway refused the signature (check appKey and appSecret)";
    expect(told({ status: 400, message })).toMatchObject({
      decision: "unauthorized, refresh-credential",
      message: shown,
    });
  });

  test("shows the status when there is no message", () => {
    expect(told({ code: "X", message: 7 }).message).toBe("HTTP status 200");
    expect(told({ code: 7, message: "" })).toMatchObject({ code: "7", message: "HTTP status 200" });
  });

  test("shows at most 300 characters on one line", () => {
    expect(told({ message: "x".repeat(300) }).message).toBe("x".repeat(300));
    expect(told({ message: "x".repeat(301) }).message).toBe(`${"x".repeat(299)}…`);
    expect(told({ message: " a \t\u0000 b\n" }).message).toBe("a b");
    expect(told({ message: `a http://${"x".repeat(2_000)} b` }).message).toBe("a [redacted]");
    expect(told({ message: "s3+x.y-z://bucket and a" }).message).toBe("[redacted] and a");
  });

  test("drops a code longer than 128 characters and one with spaces around it", () => {
    expect(told({ code: "x".repeat(128) }).code).toBe("x".repeat(128));
    for (const code of ["x".repeat(129), " X", "X ", ""]) expect(told({ code }).code).toBeNull();
  });

  test.each([
    [503, " 7 ", 7_000],
    [429, "0", 0],
    [400, "7", null],
    [401, "7", null],
    [503, "7s", null],
    [503, "in 7", null],
    [503, "1234567890", null],
    [503, "Sun, 01 Mar 2026 10:00:30 GMT", null],
  ])("waits on the status %i with Retry-After %j for %j ms", (status, value, retryAfterMs) => {
    expect(told({ status, headers: { "retry-after": value } }).retryAfterMs).toBe(retryAfterMs);
  });

  test.each([
    ["Sun, 01 Mar 2026 10:00:00 GMT", Date.UTC(2026, 2, 1, 10)],
    ["Sun, 41 Mar 2026 10:00:00 GMT", null],
    ["2026-03-01T10:00:00Z", null],
    ["on Sun, 01 Mar 2026 10:00:00 GMT", null],
    ["Sun, 01 Mar 2026 10:00:00 GMT+1", null],
  ])("reads the server's time from the date %j as %j", (date, serverTimeMs) => {
    expect(told({ status: 503, headers: { date } }).serverTimeMs).toBe(serverTimeMs);
    expect(told({ status: 503 })).toMatchObject({ serverTimeMs: null, retryAfterMs: null });
  });
});

describe("foreignError()", () => {
  const headers = { "retry-after": "7", date: "Sun, 01 Mar 2026 10:00:00 GMT" };

  test.each([
    [200, "malformed", "no", null],
    [404, "bad-request", "no", null],
    [429, "throttled", "backoff", 7_000],
    [503, "unavailable", "backoff", 7_000],
  ])("reads an answer with the status %i as %s, retry %s, after %j ms", (status, kind, retry, retryAfterMs) => {
    expect(foreignError(answer("<html>", { status, headers }), "R-1")).toMatchObject({
      kind,
      retry,
      retryAfterMs,
      requestId: "R-1",
      serverTimeMs: Date.UTC(2026, 2, 1, 10),
    });
  });
});
