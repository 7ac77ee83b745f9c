import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, test } from "vitest";
import type { Access } from "../../../lib/config/environment.ts";
import { ProviderError } from "../../../lib/domain/errors.ts";
import { http, httpWithBody, refuseParameters, revalidated } from "../../../lib/http/http.ts";
import type { Respond } from "../../../lib/http/http.ts";
import { Problem } from "../../../lib/http/problem.ts";
import { maxBodyBytes } from "../../../lib/http/request-limits.ts";
import { trackTask } from "../../../lib/http/track-task.ts";
import { eventOf, invocation } from "../../fakes/gateway-event.ts";
import { openAccess } from "../../fakes/open-access.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import { createTaskBook } from "../../fakes/task-book.ts";

const logged: unknown[][] = [];
const deps = {
  log: (...line: unknown[]) => void logged.push(line),
  access: openAccess,
} as const;

function call(respond: Respond, leftMs = 29_000) {
  return invoke(http(deps, respond), eventOf({}), leftMs);
}

async function invoke(handler: ReturnType<typeof http>, event: APIGatewayProxyEventV2, leftMs = 29_000) {
  const answer = await handler(event, invocation(leftMs));
  if (answer === undefined) throw new Error("there was no answer");
  return answer;
}

function post(body: string | undefined, wanted: Partial<APIGatewayProxyEventV2> = {}) {
  const echo = async (_event: unknown, _deadlines: unknown, got: unknown) => ({ status: 200, body: { got } });
  const headers = { "content-type": "application/json" };
  const event = eventOf({ headers, ...(body === undefined ? {} : { body }), ...wanted });
  return invoke(httpWithBody(deps, echo), event);
}

describe("http()", () => {
  test("answers with JSON that caches must revalidate", async () => {
    expect(await call(async () => ({ status: 200, body: { a: 1 }, headers: { etag: '"x"' } }))).toEqual({
      statusCode: 200,
      headers: {
        "content-type": "application/json",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        etag: '"x"',
      },
      body: '{"a":1}',
    });
  });

  test("answers without a body and a content type when there is none", async () => {
    expect(await call(async () => ({ status: 204 }))).toEqual({
      statusCode: 204,
      headers: { "cache-control": "no-cache", "x-content-type-options": "nosniff" },
    });
  });

  test("answers problems in the RFC 9457 format", async () => {
    const problem = new Problem("provider-throttled", { detail: "slow down", retryAfterSeconds: 7 });
    expect(await call(() => Promise.reject(problem))).toEqual({
      statusCode: 503,
      headers: {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "retry-after": "7",
      },
      body: JSON.stringify({
        type: "urn:image-tasks:problem:provider-throttled",
        title: "The provider is throttling us",
        status: 503,
        detail: "slow down",
      }),
    });
  });

  test.each([
    ["an error", new TypeError("Cannot read properties of undefined (reading 'secretKey')")],
    ["a provider's error that nobody took", new ProviderError("malformed", "not a task")],
    ["a text", "thrown"],
    ["nothing", undefined],
    ["an object", { statusCode: 415 }],
  ])("answers 500 without details when %s is thrown, and logs it", async (_what, error) => {
    logged.length = 0;
    const answer = await call(() => Promise.reject(error));
    expect(answer.statusCode).toBe(500);
    expect(JSON.parse(answer.body ?? "")).toEqual({
      type: "urn:image-tasks:problem:internal",
      title: "The service failed",
      status: 500,
    });
    expect(logged).toMatchObject([["error", "request failed", {}]]);
  });

  test.each([
    ["quotation marks", '"'.repeat(1_570_000)],
    ["characters of three bytes", "語".repeat(2_095_000)],
  ])("answers 500 instead of what a function may not answer because of its %s", async (_what, text) => {
    logged.length = 0;
    const fits = await call(async () => ({ status: 200, body: text.slice(0, text.length / 1.01) }));
    expect([fits.statusCode, Buffer.byteLength(JSON.stringify(fits)) < 6_291_556]).toEqual([200, true]);
    const tooLarge = await call(async () => ({ status: 200, body: text }));
    expect([tooLarge.statusCode, JSON.parse(tooLarge.body ?? "").type]).toEqual([
      500,
      "urn:image-tasks:problem:internal",
    ]);
    expect(logged).toMatchObject([["error", "request failed", { error: "RangeError" }]]);
  });

  test("answers 503 when other calls changed a record at every attempt, so that the caller tries again", async () => {
    const ledger = { ...createTaskBook(), writeTask: async () => false };
    const provider = createScriptedProvider({ details: { "t-1": sampleTask() } });
    const address = { id: sampleTask().id, nativeId: "t-1", provider };
    const answer = await call(async () => {
      await trackTask(address, { team: "sre" }, { ledger, now: () => 1000, ...unhurried });
      return { status: 200 };
    });
    expect(answer).toMatchObject({ statusCode: 503, headers: { "retry-after": "1" } });
    expect(JSON.parse(answer.body ?? "")).toMatchObject({
      type: "urn:image-tasks:problem:ledger-unavailable",
      detail: "Other calls changed the record of this task at every attempt",
    });
  });

  test("answers 504 before the function times out and aborts pending work", async () => {
    let ended = false;
    const slow: Respond = (_event, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          ended = true;
          reject(signal.reason);
        });
      });
    const answer = await call(slow, 1550);
    expect(answer.statusCode).toBe(504);
    expect(ended).toBe(true);
  });

  test("aborts providerSignal early enough to answer without slow providers", async () => {
    const answer = await call(
      (_event, { signal, providerSignal }) =>
        new Promise((resolve) => {
          providerSignal.addEventListener("abort", () => resolve({ status: 200, body: { signal: signal.aborted } }));
        }),
      5050.5,
    );
    expect([answer.statusCode, answer.body]).toEqual([200, '{"signal":false}']);
  });

  test("signals when to answer, after providerSignal and before the timeout", async () => {
    const answer = await call(
      (_event, { signal, providerSignal, answerSignal }) =>
        new Promise((resolve) => {
          const respond = () => resolve({ status: 200, body: [providerSignal.aborted, signal.aborted] });
          answerSignal.addEventListener("abort", respond);
        }),
      2550,
    );
    expect(answer.body).toBe("[true,false]");
  });
});

describe("http() before the handler runs", () => {
  const never: Respond = async () => {
    throw new Error("the work began");
  };
  async function refusal(event: Partial<APIGatewayProxyEventV2>, access: Access = deps.access) {
    const answer = await invoke(http({ ...deps, access }, never), eventOf(event));
    return [answer.statusCode, JSON.parse(answer.body ?? "").type];
  }

  test.each([
    [{ rawQueryString: "a".repeat(8192) }, 414, "uri-too-long"],
    [{ headers: { cookie: "a".repeat(8192) } }, 431, "headers-too-large"],
    [{ rawQueryString: "a=1&".repeat(201) }, 400, "invalid-parameters"],
  ])("answers %.60j with %i %s", async (event, status, type) => {
    expect(await refusal(event)).toEqual([status, `urn:image-tasks:problem:${type}`]);
  });

  test("answers 401 with the authentication scheme", async () => {
    const access = { ...openAccess, token: "secret" };
    const answer = await invoke(http({ ...deps, access }, never), eventOf({}));
    expect([answer.statusCode, answer.headers?.["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect(answer.body).not.toContain("headers");
    expect(answer.body).not.toContain("secret");
  });

  test("reports no other error to a caller without a token", async () => {
    const access = { ...openAccess, token: "secret" };
    const tooLarge = eventOf({ body: "a".repeat(65_537) });
    expect((await invoke(httpWithBody(deps, never), tooLarge)).statusCode).toBe(413);
    expect((await invoke(httpWithBody({ ...deps, access }, never), tooLarge)).statusCode).toBe(401);
  });
});

describe("http() for a call that may change something", () => {
  const authorizer = { iam: { userArn: "arn:aws:sts::123456789012:assumed-role/ci/build-7" } };
  const cancel = (wanted: object = {}, secrets: Partial<APIGatewayProxyEventV2> = {}) => {
    const { requestContext, ...event } = eventOf({ rawPath: "/tasks/a:b:c/cancel", ...secrets });
    const routeKey = "POST /tasks/{id}/cancel";
    const http = { ...requestContext.http, method: "POST" };
    return { ...event, routeKey, requestContext: { ...requestContext, requestId: "r-1", http, ...wanted } };
  };
  async function auditOf(respond: Respond, event: APIGatewayProxyEventV2): Promise<unknown[]> {
    logged.length = 0;
    await invoke(http(deps, respond), event);
    return logged.filter(([, message]) => message === "audit").map(([, , facts]) => facts);
  }
  const line = { call: "POST /tasks/{id}/cancel", path: "/tasks/a:b:c/cancel", requestId: "r-1" };

  test("logs one line with the caller, the task, and the outcome", async () => {
    const done: Respond = async () => ({ status: 202, body: {} });
    expect(await auditOf(done, cancel({ authorizer }))).toEqual([
      { ...line, caller: "arn:aws:sts::123456789012:assumed-role/ci/build-7", status: 202 },
    ]);
    expect(await auditOf(done, cancel({ authorizer: { jwt: { claims: { sub: "user-1" }, scopes: null } } }))).toEqual([
      { ...line, caller: "user-1", status: 202 },
    ]);
    expect(await auditOf(done, cancel())).toEqual([{ ...line, caller: "unknown", status: 202 }]);
  });

  test("logs a failure as well, and where a tracked task is found", async () => {
    const refuse: Respond = async () => {
      throw new Problem("not-cancelable");
    };
    expect(await auditOf(refuse, cancel({ authorizer }))).toMatchObject([{ status: 409 }]);
    const track: Respond = async () => ({ status: 201, body: {}, headers: { location: "/tasks/a:b:d" } });
    expect(await auditOf(track, cancel({ authorizer }))).toMatchObject([{ status: 201, path: "/tasks/a:b:d" }]);
  });

  test("logs no token, no body, and no control character, and nothing for a call that only reads", async () => {
    const headers = { authorization: "Bearer s3cret" };
    const lines = await auditOf(
      async () => ({ status: 202 }),
      cancel({}, { headers, body: "s3cret", rawPath: "/tasks/\u001b[2Ka\n/cancel" }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/s3cret|\\u001b|\\n/);
    expect(await auditOf(async () => ({ status: 200, body: {} }), eventOf({}))).toEqual([]);
  });
});

describe("http() with an Accept header", () => {
  test.each([
    [""],
    ["*/*"],
    ["application/*"],
    ["application/json"],
    ["application/problem+json"],
    ["APPLICATION/JSON; charset=utf-8"],
    ["text/html, application/json;q=0.1"],
    ["text/html,application/xhtml+xml,*/*;q=0.8"],
    ["application/json;q=0, */*"],
    ["application/json;q=often"],
    ["text/html"],
    ["application/xml, text/*"],
    ["application/json;q=0"],
    ["application/*;q=0, */*"],
    ["*/*;q=0"],
    ["application/json;q=0.000, application/problem+json;q=0, */*"],
    ["json"],
    [",;=,"],
  ])("answers JSON to %j", async (accept) => {
    const event = eventOf({ headers: { accept } });
    const answer = await invoke(
      http(deps, async () => ({ status: 200, body: { a: 1 } })),
      event,
    );
    expect([answer.statusCode, answer.headers?.["content-type"], answer.body]).toEqual([
      200,
      "application/json",
      '{"a":1}',
    ]);
    const problem = await invoke(
      http(deps, () => Promise.reject(new Problem("unknown-task"))),
      event,
    );
    expect([problem.statusCode, problem.headers?.["content-type"]]).toEqual([404, "application/problem+json"]);
  });
});

describe("http() for HEAD", () => {
  const head = eventOf({});
  head.requestContext.http.method = "HEAD";

  test("answers like GET without the body, also for a problem", async () => {
    const get = await call(async () => ({ status: 200, body: { a: 1 }, headers: { etag: '"x"' } }));
    const handler = http(deps, async () => ({ status: 200, body: { a: 1 }, headers: { etag: '"x"' } }));
    const { body, ...rest } = get;
    expect(body).toBe('{"a":1}');
    expect(await invoke(handler, head)).toEqual(rest);
    const problem = await invoke(
      http(deps, () => Promise.reject(new Problem("unknown-task"))),
      head,
    );
    expect([problem.statusCode, problem.body, problem.headers?.["content-type"]]).toEqual([
      404,
      undefined,
      "application/problem+json",
    ]);
  });
});

describe("httpWithBody()", () => {
  test("parses the body, even when base64-encoded", async () => {
    expect((await post('{"a":1}')).body).toBe('{"got":{"a":1}}');
    const body = Buffer.from('{"a":"ü"}').toString("base64");
    expect((await post(body, { isBase64Encoded: true })).body).toBe('{"got":{"a":"ü"}}');
    expect((await post("{}", { headers: { "content-type": "application/json; charset=utf-8" } })).statusCode).toBe(200);
  });

  test.each([
    ["{", 400, "invalid-json"],
    ["", 400, "invalid-json"],
    ["{'a':1}", 400, "invalid-json"],
    [undefined, 400, "invalid-json"],
    ["\ufeff{}", 400, "invalid-json"],
  ])("answers the body %j with %i %s", async (body, status, type) => {
    const answer = await post(body);
    expect([answer.statusCode, JSON.parse(answer.body ?? "").type]).toEqual([
      status,
      `urn:image-tasks:problem:${type}`,
    ]);
  });

  test.each([[{}], [{ "content-type": "text/plain" }], [{ "content-type": "application/x-www-form-urlencoded" }]])(
    "answers the headers %j with 415",
    async (headers) => {
      expect((await post("{}", { headers })).statusCode).toBe(415);
    },
  );

  test("accepts 64 KB and not a byte more, counted as received", async () => {
    const ascii = (bytes: number) => JSON.stringify("a".repeat(bytes - 2));
    expect((await post(ascii(maxBodyBytes))).statusCode).toBe(200);
    expect((await post(ascii(maxBodyBytes + 1))).statusCode).toBe(413);
    const wide = JSON.stringify("ü".repeat(maxBodyBytes / 2));
    expect(wide.length).toBeLessThan(maxBodyBytes);
    expect((await post(wide)).statusCode).toBe(413);
    const base64 = Buffer.from(ascii(maxBodyBytes)).toString("base64");
    expect((await post(base64, { isBase64Encoded: true })).statusCode).toBe(200);
  });
});

describe("refuseParameters()", () => {
  test("reports every query parameter of an operation that takes none", async () => {
    refuseParameters(eventOf({}));
    const event = eventOf({ rawQueryString: "wait=5&verbose" });
    expect((await problemOf(() => refuseParameters(event))).detail.errors).toEqual([
      { field: "wait", detail: "is not a parameter of this call, which has none" },
      { field: "verbose", detail: "is not a parameter of this call, which has none" },
    ]);
  });
});

describe("revalidated()", () => {
  test("answers 304 without a body to a client that has these bytes already", () => {
    const first = revalidated(eventOf({}), { a: 1 });
    expect(first).toMatchObject({ status: 200, body: { a: 1 } });
    const etag = first.headers?.["etag"] ?? "";
    const again = eventOf({ headers: { "if-none-match": etag } });
    expect(revalidated(again, { a: 1 })).toEqual({ status: 304, headers: { etag } });
    expect(revalidated(again, { a: 2 }).status).toBe(200);
    expect(revalidated(again, { a: 1 }, { age: "5" })).toEqual({ status: 304, headers: { etag, age: "5" } });
  });
});
