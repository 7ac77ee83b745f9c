import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { maxBodyBytes } from "../../lib/http/request-limits.ts";
import { checkResponse } from "../contract/check-response.ts";
import { readTemplateRoutes } from "../gateway/template-routes.ts";
import { createInvoker, startApiFront } from "./api-front.ts";
import type { ApiFrontOptions, Invoke } from "./api-front.ts";
import { stopServer } from "./loopback.ts";

const routes = await readTemplateRoutes();
const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

async function startFront(invoke: Invoke, wanted: Partial<ApiFrontOptions> = {}): Promise<string> {
  const front = await startApiFront({ port: 0, routes, invoke, environment: { LOCAL_MODE: "true" }, ...wanted });
  started.push(front);
  return front.url;
}

interface Invoked {
  readonly name: string;
  readonly event: APIGatewayProxyEventV2;
}

/** Functions that answer with their own name and remember their events. */
function echoing(): { invoked: Invoked[]; invoke: Invoke } {
  const invoked: Invoked[] = [];
  const invoke: Invoke = async (name, event) => {
    invoked.push({ name, event: event as APIGatewayProxyEventV2 });
    return { statusCode: 200, headers: { "x-function": name }, body: name };
  };
  return { invoked, invoke };
}

/** Functions that answer once they are told to. */
function holding(): { release: () => void; entered: (calls: number) => Promise<void>; invoke: Invoke } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const running: string[] = [];
  return {
    release: resolve,
    async entered(calls) {
      while (running.length < calls) await sleep(5);
    },
    async invoke(name) {
      running.push(name);
      await promise;
      return { statusCode: 200, headers: {}, body: "{}" };
    },
  };
}

async function refusalOf(answer: Response, path: string): Promise<unknown[]> {
  const { status, headers } = answer;
  const body = await answer.text();
  checkResponse({ method: "GET", path, status, headers: Object.fromEntries(headers), body });
  return [status, headers.get("retry-after"), JSON.parse(body).type];
}

describe("a request", () => {
  test.each([
    ["GET", "/tasks?limit=1", "list"],
    ["GET", "/tasks/a:b:c", "get"],
    ["DELETE", "/tasks/a:b:c", "untrack"],
    ["POST", "/tasks/a:b:c/cancel", "cancel"],
    ["OPTIONS", "/tasks", "fallback"],
    ["GET", "/nowhere", "fallback"],
    ["GET", "/tasks/%", "get"],
    ["GET", "/tasks/%ff", "get"],
  ])("%s %s reaches the function %s and gets its answer", async (method, target, name) => {
    const { invoked, invoke } = echoing();
    const answer = await fetch(`${await startFront(invoke)}${target}`, { method });
    expect([answer.status, answer.headers.get("x-function"), await answer.text()]).toEqual([200, name, name]);
    expect(invoked.map(({ event }) => [event.requestContext.http.method, event.version])).toEqual([[method, "2.0"]]);
  });

  test("gets no headers beside those of the function", async () => {
    const url = await startFront(echoing().invoke);
    const headers = { origin: url, "access-control-request-method": "GET" };
    const answer = await fetch(`${url}/tasks`, { method: "OPTIONS", headers });
    expect([...answer.headers.keys()].toSorted()).toEqual([
      "connection",
      "content-length",
      "date",
      "keep-alive",
      "x-function",
    ]);
  });

  test.each(["GET", "HEAD", "POST", "OPTIONS"])("%s of a web page reaches no function", async (method) => {
    const { invoked, invoke } = echoing();
    const url = await startFront(invoke);
    const answer = await fetch(`${url}/tasks`, { method, headers: { origin: "https://page.example" } });
    const { status, headers } = answer;
    if (method !== "OPTIONS")
      checkResponse({
        method,
        path: "/tasks",
        status,
        headers: Object.fromEntries(headers),
        body: await answer.text(),
      });
    expect([status, invoked]).toEqual([403, []]);
  });

  test("with a body of 12 MB reaches its function with as much as the function needs to refuse it", async () => {
    const { invoked, invoke } = echoing();
    const headers = { "content-type": "application/json" };
    const body = "a".repeat(12 * 1024 * 1024);
    await fetch(`${await startFront(invoke)}/tasks`, { method: "POST", headers, body });
    expect(invoked.map(({ name, event }) => [name, event.body?.length])).toEqual([["track", maxBodyBytes + 1]]);
  });
});

describe("too many calls", () => {
  const path = "/tasks/a:b:c";

  test("that wait are refused at once, until one of those before has its answer", async () => {
    const { release, entered, invoke } = holding();
    const url = await startFront(invoke, { limits: { waiting: 2, others: 10 } });
    const waiting = [fetch(`${url}${path}?wait=25`), fetch(`${url}${path}?wait=1`)];
    await entered(2);
    const refused = await fetch(`${url}${path}?wait=25`);
    expect(await refusalOf(refused, path)).toEqual([503, "5", "urn:image-tasks:problem:busy"]);
    const other = fetch(`${url}${path}`);
    release();
    expect((await Promise.all([...waiting, other])).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await fetch(`${url}${path}?wait=25`)).status).toBe(200);
  });

  test("of any other kind are refused as well", async () => {
    const { release, entered, invoke } = holding();
    const url = await startFront(invoke, { limits: { waiting: 2, others: 1 } });
    const running = fetch(`${url}/health`);
    await entered(1);
    const refused = await fetch(`${url}/tasks`);
    expect(await refusalOf(refused, "/tasks")).toEqual([503, "5", "urn:image-tasks:problem:busy"]);
    release();
    expect((await running).status).toBe(200);
  });

  test("still have to show their token", async () => {
    const environment = { LOCAL_MODE: "true", API_TOKEN: "s3cret-of-a-test" };
    const url = await startFront(echoing().invoke, { environment, limits: { waiting: 0, others: 0 } });
    expect((await fetch(`${url}${path}?wait=25`)).status).toBe(401);
    const headers = { authorization: "Bearer s3cret-of-a-test" };
    expect((await fetch(`${url}${path}?wait=25`, { headers })).status).toBe(503);
  });

  test("keep counting after their callers have hung up", async () => {
    const { release, entered, invoke } = holding();
    const url = await startFront(invoke, { limits: { waiting: 1, others: 10 } });
    const hangUp = new AbortController();
    const gone = fetch(`${url}${path}?wait=25`, { signal: hangUp.signal });
    await entered(1);
    hangUp.abort();
    await expect(gone).rejects.toThrow();
    expect((await fetch(`${url}${path}?wait=25`)).status).toBe(503);
    release();
  });
});

describe("a function that fails", () => {
  test.each([
    ["throws", { errorMessage: "broken", errorType: "Error", trace: ["at secret.ts:1"] }],
    ["returns nothing", ""],
    ["returns what is no response", { body: "at secret.ts:1" }],
  ])("is answered as API Gateway does when it %s", async (_how, payload) => {
    const asked: string[] = [];
    const lambda = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end(typeof payload === "string" ? payload : JSON.stringify(payload));
    });
    const folder = await mkdtemp(join(tmpdir(), "front-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const lambdaSocket = join(folder, "lambda.sock");
    await new Promise<void>((resolve) => lambda.listen(lambdaSocket, resolve));
    const url = await startFront(createInvoker(lambdaSocket, "image-tasks-local-"));
    const answer = await fetch(`${url}/health`);
    expect([answer.status, await answer.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(asked).toEqual(["POST /2015-03-31/functions/image-tasks-local-health/invocations"]);
    await stopServer(lambda);
    expect((await fetch(`${url}/health`)).status).toBe(500);
  });
});
