import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../../lib/domain/errors.ts";
import { readAnswer } from "../../../../lib/providers/alibaba-ecs/answer.ts";
import { fixtureText } from "./fixture.ts";

const asked = { api: "DescribeTasks", nowMs: Date.UTC(2026, 2, 1, 9, 31) };

interface Given {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

function refusal({ status = 400, headers = {}, body }: Given): ProviderError {
  try {
    readAnswer({ status, headers, body }, asked);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const coded = (Code: string, Message = "m") => JSON.stringify({ Code, Message, RequestId: "R" });

describe("readAnswer()", () => {
  test("returns the payload of a success with the request id from its body, or else from its header", () => {
    const body = '{"RequestId":"R-body","TotalCount":0}';
    const headers = { "x-acs-request-id": "R-header" };
    expect(readAnswer({ status: 200, headers, body }, asked)).toEqual({
      payload: { RequestId: "R-body", TotalCount: 0 },
      requestId: "R-body",
    });
    expect(readAnswer({ status: 200, headers, body: "{}" }, asked).requestId).toBe("R-header");
  });

  test("reads a success with any success status, with or without a byte order mark", () => {
    const read = (status: number, body: string) => readAnswer({ status, headers: {}, body }, asked);
    expect(read(299, '{"TotalCount":0}')).toEqual({ payload: { TotalCount: 0 }, requestId: null });
    expect(read(200, '\uFEFF{"requestId":" R ","Code":""}').requestId).toBe("R");
    expect(refusal({ status: 199, body: "{}" })).toMatchObject({ kind: "bad-request", retry: "no" });
    expect(refusal({ status: 300, body: '{"TotalCount":0}' })).toMatchObject({ kind: "unavailable", retry: "backoff" });
  });

  test("trims the request id and the message", () => {
    const error = refusal({ body: JSON.stringify({ Code: "X", Message: "  no  ", RequestId: " R-1\n" }) });
    expect(error).toMatchObject({ message: "DescribeTasks: no", requestId: "R-1" });
    const headers = { "x-acs-request-id": " R-2 " };
    expect(readAnswer({ status: 200, headers, body: "{}" }, asked).requestId).toBe("R-2");
  });

  test.each(["[]", '[{"TaskSet":{}}]', "null", '"text"', "7"])(
    "rejects the success %s as not the API's answer",
    (body) => {
      expect(refusal({ status: 200, body })).toMatchObject({ kind: "malformed" });
    },
  );

  test("does not treat a success code as an error, with or without spaces around it", () => {
    const body = JSON.stringify({ Code: " OK ", RequestId: "R" });
    expect(readAnswer({ status: 200, headers: {}, body }, asked).requestId).toBe("R");
  });

  test("describes an answer without a code", () => {
    expect(refusal({ status: 502, body: "<html>" }).message).toBe(
      "DescribeTasks: HTTP 502 with no answer of this API: no content type, no text (check the endpoint, the region, and any proxy)",
    );
    expect(refusal({ status: 400, body: "{}" }).message).toBe("DescribeTasks: HTTP 400 with no error code");
  });

  test.each(["2000", "1200", "OKAY", "NOK", "Unsuccess", "Successes", 404])(
    "treats the code %j as an error",
    (Code) => {
      expect(refusal({ status: 200, body: JSON.stringify({ Code }) }).code).toBe(String(Code));
    },
  );

  test("uses the first name of a field that has two, and cuts a code off at 128 characters", () => {
    const both = { Code: "A", code: "B", Message: "first", message: "second", RequestId: "R-1", requestId: "R-2" };
    const first = refusal({ body: JSON.stringify(both) });
    expect(first).toMatchObject({ code: "A", requestId: "R-1", message: "DescribeTasks: first" });
    const second = refusal({ body: JSON.stringify({ ...both, Code: " ", Message: null, RequestId: [] }) });
    expect(second).toMatchObject({ code: "B", requestId: "R-2", message: "DescribeTasks: second" });
    expect(refusal({ body: coded("x-".repeat(100)) }).code).toHaveLength(128);
  });

  test.each(["200", "OK", "Success", 200])("treats the code %j as a success", (Code) => {
    const body = JSON.stringify({ Code, TotalCount: 0 });
    expect(readAnswer({ status: 200, headers: {}, body }, asked).payload).toHaveProperty("TotalCount", 0);
  });

  test("treats a 200 with an error inside as an error", () => {
    expect(refusal({ status: 200, body: fixtureText("error-task-not-found.json") })).toMatchObject({
      kind: "not-found",
      code: "InvalidTaskId.NotFound",
      message: 'DescribeTasks: The specified "TaskId" is not found.',
      requestId: "8A1B6F0C-2F6B-4B4E-9D0A-000000000003",
      retry: "no",
    });
  });

  test("recognizes throttling by its code, whatever the status", () => {
    for (const status of [200, 302, 400, 429, 503]) {
      const error = refusal({ status, body: fixtureText("error-throttling-user.json") });
      expect(error).toMatchObject({ kind: "throttled", retry: "next-minute", retryAfterMs: null });
    }
    expect(refusal({ body: coded("Rejected.Throttling") }).kind).toBe("throttled");
  });

  test("waits as long as a throttled answer requests, in milliseconds, in seconds, or until a date", () => {
    const body = fixtureText("error-throttling-user.json");
    const date = "Sun, 01 Mar 2026 09:00:00 GMT";
    const cases: [Record<string, string>, number | null][] = [
      [{ "x-acs-retry-after": "1500" }, 1_500],
      [{ "x-acs-retry-after": "1500", "retry-after": "9" }, 1_500],
      [{ "retry-after": "7" }, 7_000],
      [{ "retry-after": "120" }, 120_000],
      [{ date, "retry-after": "Sun, 01 Mar 2026 09:00:30 GMT" }, 30_000],
    ];
    for (const [headers, retryAfterMs] of cases) {
      expect(refusal({ headers, body })).toMatchObject({ kind: "throttled", retry: "backoff", retryAfterMs });
    }
    const past = { date, "retry-after": "Sun, 01 Mar 2026 08:00:00 GMT" };
    expect(refusal({ headers: past, body })).toMatchObject({ retry: "backoff", retryAfterMs: 0 });
    for (const headers of [
      { "x-acs-retry-after": "0" },
      { "x-acs-retry-after": "soon" },
      { "x-acs-retry-after": "15s" },
      { "x-acs-retry-after": "in 15" },
      { "x-acs-retry-after": "1234567890" },
      { "retry-after": "-1" },
      { "retry-after": "7s" },
      { "retry-after": "1234567" },
      { "retry-after": "Sun, 01 Mar 2026 09:00:30 GMT" },
      { date, "retry-after": "soon" },
    ]) {
      expect(refusal({ headers, body })).toMatchObject({ retry: "next-minute", retryAfterMs: null });
    }
  });

  test("reads an error in XML", () => {
    const headers = { "content-type": "text/xml;charset=utf-8" };
    expect(refusal({ headers, body: fixtureText("error-throttling.xml") })).toMatchObject({
      kind: "throttled",
      code: "Throttling",
      message: "DescribeTasks: Request was denied due to flow control & quota.",
      requestId: "8A1B6F0C-2F6B-4B4E-9D0A-000000000005",
    });
  });

  test("reads the present fields of an XML error and rejects other XML", () => {
    const xml = (inside: string) => refusal({ body: `<?xml version="1.0"?><Error>${inside}</Error>` });
    expect(xml("<Code> A &lt;&#62;&odd;&quot;&apos;&gt; </Code>").code).toBe(`A <&#62;&odd;"'>`);
    expect(xml("<Message>words</Message><RequestId>R</RequestId>")).toMatchObject({
      code: null,
      requestId: "R",
      message: expect.stringMatching(/^DescribeTasks: HTTP 400 with no answer of this API: no content type /),
    });
    expect(refusal({ body: '<Error kind="1"><Code>A</Code></Error>' }).code).toBe("A");
    expect(refusal({ body: "<Errors><Code>A</Code></Errors>" }).code).toBeNull();
    expect(refusal({ body: '{"Message":"<RequestId>R</RequestId>"}' }).requestId).toBeNull();
  });

  test("reads an error with lower-case field names", () => {
    expect(refusal({ status: 403, body: fixtureText("error-lower-case.json") })).toMatchObject({
      kind: "unauthorized",
      code: "Forbidden.RAM",
      message: expect.not.stringContaining("refused with"),
      requestId: "8A1B6F0C-2F6B-4B4E-9D0A-000000000004",
    });
  });

  test.each([
    "xx Sun, 01 Mar 2026 09:00:00 GMT",
    "Sun, 01 Mar 2026 09:00:00 GMT+1",
    "Sun, 41 Mar 2026 09:00:00 GMT",
    "2026-03-01T09:00:00Z",
    "",
  ])("returns no provider time when its date is %j", (date) => {
    expect(refusal({ headers: { date }, body: "" }).serverTimeMs).toBeNull();
    expect(refusal({ body: "" }).serverTimeMs).toBeNull();
  });

  test("returns the provider's time with a clock skew error", () => {
    const headers = { date: "Sun, 01 Mar 2026 09:00:00 GMT" };
    expect(refusal({ headers, body: fixtureText("error-clock.json") })).toMatchObject({
      retry: "fix-clock",
      serverTimeMs: Date.UTC(2026, 2, 1, 9),
    });
  });

  test.each([
    ["IllegalTimestamp", 400, "unauthorized", "fix-clock"],
    ["InvalidSecurityToken.Expired", 400, "unauthorized", "refresh-credential"],
    ["InvalidSecurityToken.Malformed", 400, "unauthorized", "no"],
    ["SignatureNonceUsed", 400, "unavailable", "new-nonce"],
    ["InvalidAccessKeyId.NotFound", 404, "unauthorized", "refresh-credential"],
    ["Forbidden", 403, "unauthorized", "no"],
    ["NoPermission", 403, "unauthorized", "no"],
    ["MissingParameter", 400, "bad-request", "no"],
    ["InvalidRegionId.NotFound", 404, "bad-request", "no"],
    ["InvalidTaskId.NotFound", 400, "not-found", "no"],
    ["InvalidTaskId.IncorrectTaskStatus", 403, "conflict", "no"],
    ["InvalidTaskId.TaskActionNotSupport", 403, "conflict", "no"],
    ["IncorrectTaskStatus", 400, "conflict", "no"],
    ["TaskActionNotSupport", 400, "conflict", "no"],
    ["CancelTaskFailed", 403, "conflict", "no"],
    ["ServiceUnavailable.RegionMaintaining", 503, "unavailable", "backoff"],
    ["InternalError", 500, "unavailable", "backoff"],
    ["UnknownError", 400, "unavailable", "backoff"],
    ["OperationConflict", 409, "unavailable", "backoff"],
    ["SomethingNew", 502, "unavailable", "backoff"],
    ["SomethingNew", 400, "bad-request", "no"],
  ])("reads %s with HTTP %i as %s, retry %s", (code, status, kind, retry) => {
    expect(refusal({ status, body: coded(code) })).toMatchObject({ code, kind, retry, requestId: "R" });
  });

  test.each([
    [200, "<html>Welcome</html>", "malformed", "no"],
    [200, "", "malformed", "no"],
    [200, '{"TotalCount": 1, "TaskS', "malformed", "no"],
    [200, "null", "malformed", "no"],
    [200, "[]", "malformed", "no"],
    [403, "<html>Blocked</html>", "malformed", "no"],
    [302, "", "unavailable", "backoff"],
    [502, "<html>Bad Gateway</html>", "unavailable", "backoff"],
    [503, "", "unavailable", "backoff"],
    [500, "null", "unavailable", "backoff"],
    [429, "slow down", "throttled", "next-minute"],
    [400, "{}", "bad-request", "no"],
  ])("reads HTTP %i with the body %j as %s, retry %s, and keeps the request id", (status, body, kind, retry) => {
    const error = refusal({ status, headers: { "x-acs-request-id": "R-header" }, body });
    expect(error).toMatchObject({ kind, retry, code: null, requestId: "R-header" });
    expect(error.message).not.toMatch(/html/);
    expect(error.scope).toBe(body === "{}" ? "request" : "target");
  });

  test("never repeats the string to sign", () => {
    const error = refusal({ body: fixtureText("error-signature.json") });
    expect(error).toMatchObject({ kind: "unauthorized", code: "SignatureDoesNotMatch" });
    expect(error.message).toBe(
      "DescribeTasks: the provider did not accept the signature (check the key and its secret)",
    );
  });

  test.each(["Server StringToSign:`GET`", "server string to sign is:GET"])("shows nothing of %j", (message) => {
    const shown = "DescribeTasks: the provider did not accept the signature";
    expect(refusal({ body: coded("SomethingNew", message) }).message).toBe(shown);
  });

  test("does not repeat the text of an incomplete signature", () => {
    expect(refusal({ body: coded("IncompleteSignature", "POST\n/") }).message).toBe(
      "DescribeTasks: the provider did not accept the signature",
    );
  });

  test.each([
    "see https://ecs.aliyuncs.com/?Signature=c2VjcmV0",
    "see https://help.aliyun.com/page",
    "at ecs.aliyuncs.com/?AccessKeyId=LTAIfake&Signature=abc%3D",
    "SecurityToken: CAISfakeTOKEN",
    "key LTAI5tFakeFakeFakeFake",
    "token CAISzgJ1q6Ft5B2yfSjIr5fXCsjCmLt48bKTaGDUjXIiSeh2trTJkzz2IHlPeXBq",
    "with Bearer abc.def.ghi",
    "hash 8407b6b2f0b34a935b86485402f8d29e629a5cdbeb759ccc1f5898794e4ace37",
  ])("removes anything that looks like a credential or a link from a message: %s", (message) => {
    const error = refusal({ body: coded("SomethingNew", `${message} refused`) });
    expect(error.message).toMatch(/^DescribeTasks: .*\[redacted\]/);
    expect(error.message).not.toMatch(/c2VjcmV0|help\.aliyun|abc|LTAI|CAIS|8407b6|def/);
  });

  test("truncates a long message and shows the code when there is no message", () => {
    const long = refusal({ body: coded("SomethingNew", "word ".repeat(1_000)) });
    expect(long.message).toHaveLength("DescribeTasks: ".length + 300);
    expect(refusal({ body: '{"Code":"SomethingNew"}' }).message).toBe("DescribeTasks: refused with SomethingNew");
  });

  test("shows both clocks when the timestamp is rejected, and says when the answer has no time", () => {
    const body = fixtureText("error-clock.json");
    const headers = { date: "Sun, 01 Mar 2026 09:00:00 GMT" };
    expect(refusal({ headers, body }).message).toMatch(
      / \(check the clock: ours says 2026-03-01T09:31:00Z, the provider's says 2026-03-01T09:00:00Z\)$/,
    );
    const silent = / \(check the clock: ours says 2026-03-01T09:31:00Z, the answer has no Date\)$/;
    expect(refusal({ body }).message).toMatch(silent);
  });

  test.each(['{"status":"UP"}', "{}"])("does not accept the JSON %s of another service as an answer", (body) => {
    const error = refusal({ status: 200, headers: { "content-type": "application/json" }, body });
    expect(error).toMatchObject({ kind: "malformed", retry: "no", scope: "target" });
    expect(error.message).toBe(
      `DescribeTasks: HTTP 200 with no answer of this API: application/json (check the endpoint, the region, and any proxy)`,
    );
  });

  test("accepts an answer that shows tasks or a request id", () => {
    for (const body of ['{"TaskSet":{}}', '{"TotalCount":0}', '{"TaskId":"t-1"}', '{"RequestId":"R"}']) {
      expect(readAnswer({ status: 200, headers: {}, body }, asked).payload).toEqual(JSON.parse(body));
    }
  });

  test("hints at the endpoint when the endpoint does not serve the API", () => {
    const body = coded("InvalidOperation.NotSupportedEndpoint", "The specified endpoint can't operate this region.");
    expect(refusal({ status: 404, body })).toMatchObject({
      kind: "bad-request",
      retry: "no",
      scope: "target",
      message:
        "DescribeTasks: The specified endpoint can't operate this region. (check the endpoint, the region, and any proxy)",
    });
  });
});
