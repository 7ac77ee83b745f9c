import { describe, expect, test } from "vitest";
import { openEnvelope } from "../../../../lib/providers/apsara-route/envelope.ts";
import { answer, errorOf } from "./answers.ts";

/** What the gateway itself answers: told in headers, with an empty body. */
function gateway(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
  const told = { "x-ca-request-id": "G-1", "x-ca-error-code": code, "x-ca-error-message": message };
  return errorOf(() => openEnvelope(answer("", { status, headers: { ...told, ...headers } })));
}

describe("refusalError() of the gateway", () => {
  test("never repeats what the gateway signed", () => {
    const message = "Invalid Signature, Server StringToSign:`POST#application/json##x-ca-key:AKEY#/apsara`";
    const error = gateway(400, "A400IS", message);
    expect(error).toMatchObject({
      kind: "unauthorized",
      retry: "no",
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
    ["Sun, 01 Mar 2026 10:00:30 GMT", 30_000],
    ["Sun, 01 Mar 2026 09:59:00 GMT", 0],
    ["soon", null],
    ["-1", null],
  ])("reads Retry-After %j", (value, retryAfterMs) => {
    const headers = { "retry-after": value, date: "Sun, 01 Mar 2026 10:00:00 GMT" };
    expect(gateway(429, "T429ID", "x", headers).retryAfterMs).toBe(retryAfterMs);
  });

  test("asks for the clock to be corrected when the timestamp has expired", () => {
    const error = gateway(400, "S403TE", "X-Ca-Timestamp is expired", { date: "Sun, 01 Mar 2026 10:00:00 GMT" });
    expect(error).toMatchObject({ kind: "unauthorized", retry: "fix-clock", serverTimeMs: Date.UTC(2026, 2, 1, 10) });
    expect(gateway(400, "", "Timestamp Expired")).toMatchObject({ retry: "fix-clock", serverTimeMs: null });
  });

  test("asks for another nonce when this one was used", () => {
    expect(gateway(400, "S403NU", "Nonce Used")).toMatchObject({ kind: "unauthorized", retry: "new-nonce" });
  });

  test.each([
    [400, "A400IK", "Invalid AppKey", "unauthorized", "no"],
    [401, "A401AC", "Invalid AppCode", "unauthorized", "no"],
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

  test("leaves an answer alone that has a message but no code and says yes", () => {
    const headers = { "x-ca-error-message": "OK" };
    expect(openEnvelope(answer({ RequestID: "R" }, { headers })).requestId).toBe("R");
  });

  test("shortens what the provider wrote and takes out its links", () => {
    const error = gateway(400, "I400BD", `Invalid Body:\n see https://a.example.com/?sig=1 ${"x".repeat(400)}`);
    expect(error.message).toHaveLength(300);
    expect(error.message.startsWith("Invalid Body: see (link) xxx")).toBe(true);
  });

  test("drops a code that is none", () => {
    expect(gateway(400, "a code with spaces", "x").code).toBeNull();
  });
});

describe("refusalError() of the stack behind the gateway", () => {
  test.each([
    ["Forbidden.RAM", "unauthorized", "no"],
    ["InvalidAccessKeyId.NotFound", "unauthorized", "no"],
    ["SignatureDoesNotMatch", "unauthorized", "no"],
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
