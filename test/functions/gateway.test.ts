import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { startGateway } from "./gateway.ts";
import { startHarness } from "./harness.ts";
import type { Harness, ProblemBody } from "./harness.ts";

/** The functions behind a real HTTP server with the routes of the template. */
let api: Harness;
let gateway: LoopbackServer;
beforeAll(async () => {
  api = await startHarness();
  gateway = await startGateway();
  for (const nativeId of ["t-h1", "t-h2", "t-h3"]) api.addTask({ cloud: "alibaba-ecs", nativeId, runningMs: 1 });
  api.addTask({ cloud: "alibaba-ecs", nativeId: "t-open" });
  api.clock.advance(1000);
  await api.sweep();
}, 30_000);
afterAll(async () => {
  await gateway.close();
  await api.stop();
});
afterEach(() => api.clouds.faults.clear());

function ask(path: string, init: RequestInit = {}, from = gateway): Promise<Response> {
  return fetch(new URL(path, from.url), init);
}

async function problemOf(answer: Response): Promise<[number, string, string | null]> {
  const { type } = (await answer.json()) as ProblemBody;
  return [answer.status, type.replace("urn:image-tasks:problem:", ""), answer.headers.get("content-type")];
}
const problemJson = "application/problem+json";

const json = { "content-type": "application/json" };
const done = "/tasks/aliyun:cn-hangzhou:t-h1";

describe("GET /tasks", () => {
  test("has a strong ETag and answers 304 without a body to a client that has the page", async () => {
    const first = await ask("/tasks?source=ledger&connection=aliyun");
    const etag = first.headers.get("etag") ?? "";
    expect([first.status, etag]).toEqual([200, expect.stringMatching(/^W\/"[\w-]{27}"$/)]);
    const again = { headers: { "if-none-match": `"other", ${etag}` } };
    const second = await ask("/tasks?source=ledger&connection=aliyun", again);
    expect([second.status, await second.text(), second.headers.get("etag")]).toEqual([304, "", etag]);
    expect((await ask("/tasks?source=ledger&connection=aliyun&limit=1", again)).status).toBe(200);
  });

  test.each(["source=ledger", "source=live"])("links every page of %s to the next one", async (source) => {
    let next: string | undefined = `/tasks?${source}&connection=aliyun&status=succeeded&status=running&limit=1`;
    const ids: string[] = [];
    for (let page = 0; next !== undefined && page < 20; page += 1) {
      const answer = await ask(next);
      expect(answer.status).toBe(200);
      const body = (await answer.json()) as { tasks: { id: string }[]; nextCursor: string | null };
      const link = answer.headers.get("link");
      expect(link === null).toBe(body.nextCursor === null);
      ids.push(...body.tasks.map(({ id }) => id));
      next = /^<([^<>]+)>; rel="next"$/.exec(link ?? "")?.[1];
    }
    expect(ids.toSorted()).toEqual(["t-h1", "t-h2", "t-h3", "t-open"].map((id) => `aliyun:cn-hangzhou:${id}`));
  });

  test("reports the age of a ledger list but not of a live list", async () => {
    const recorded = await ask("/tasks?source=ledger");
    expect(recorded.headers.get("age")).toMatch(/^\d{1,2}$/);
    expect(Object.keys((await recorded.json()) as object)).toEqual(["tasks", "nextCursor", "errors"]);
    expect((await ask("/tasks")).headers.has("age")).toBe(false);
  });
});

describe("HEAD", () => {
  test("waits for a task as GET does, and answers with the same headers", async () => {
    const path = "/tasks/aliyun:cn-hangzhou:t-open?wait=1";
    const startedMs = performance.now();
    const head = await ask(path, { method: "HEAD" });
    expect(performance.now() - startedMs).toBeGreaterThan(900);
    const get = await ask(path);
    const names = ["task-status", "retry-after", "etag", "content-type", "cache-control"];
    expect(names.map((name) => head.headers.get(name))).toEqual(names.map((name) => get.headers.get(name)));
    expect([head.status, head.headers.get("task-status"), await head.text()]).toEqual([200, "running", ""]);
  });

  test.each([
    ["/tasks?source=ledger", 200],
    [done, 200],
    ["/connections", 200],
    ["/health", 200],
    ["/openapi.json", 200],
    ["/tasks/aliyun:cn-hangzhou:t-none", 404],
    ["/nowhere", 404],
  ])("%s answers %i like GET, without a body", async (path, status) => {
    const [get, head] = [await ask(path), await ask(path, { method: "HEAD" })];
    expect([get.status, head.status, await head.text()]).toEqual([status, status, ""]);
    for (const name of ["content-type", "etag", "task-status", "cache-control"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
  });
});

describe("an unrouted request", () => {
  test.each([
    ["PUT", "/tasks", "GET, HEAD, POST"],
    ["OPTIONS", "/tasks", "GET, HEAD, POST"],
    ["DELETE", "/tasks/aliyun:cn-hangzhou:t-h1/cancel", "POST"],
    ["POST", "/tasks/aliyun:cn-hangzhou:t-h1", "GET, HEAD, DELETE"],
    ["PATCH", "/openapi.json", "GET, HEAD"],
  ])("%s %s gets a 405 with the allowed methods", async (method, path, allow) => {
    const answer = await ask(path, { method });
    expect(answer.headers.get("allow")).toBe(allow);
    expect(await problemOf(answer)).toEqual([405, "method-not-allowed", problemJson]);
  });

  test("gets a 404 problem", async () => {
    expect(await problemOf(await ask("/task"))).toEqual([404, "unknown-route", problemJson]);
  });

  test("gets no CORS headers", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "GET" };
    for (const method of ["OPTIONS", "GET"]) {
      const answer = await ask("/tasks?source=ledger", { method, headers });
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("every call", () => {
  test.each([
    ["/tasks", 200, "application/json"],
    [done, 200, "application/json"],
    ["/connections", 200, "application/json"],
    ["/nowhere", 404, problemJson],
  ])("%s ignores an Accept header that leaves out JSON", async (path, status, type) => {
    const answer = await ask(path, { headers: { accept: "text/html" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
  });

  test.each([
    ["a long query", `/tasks?cursor=${"a".repeat(8192)}`, {}, 414, "uri-too-long"],
    ["a long path", `/${"a".repeat(8192)}`, {}, 414, "uri-too-long"],
    ["a long header", done, { "x-filler": "a".repeat(8192) }, 431, "headers-too-large"],
    ["many filters", `/tasks?${"status=failed&".repeat(201)}`, {}, 400, "invalid-parameters"],
  ])("rejects a request with %s", async (_what, path, headers, status, type) => {
    expect(await problemOf(await ask(path, { headers }))).toEqual([status, type, problemJson]);
  });

  test("that changes something answers 403 to a read-only token", async () => {
    const reader = await startGateway({ authorizer: { jwt: { claims: { sub: "ci" }, scopes: ["tasks:read"] } } });
    try {
      expect((await ask(done, {}, reader)).status).toBe(200);
      const body = JSON.stringify({ connection: "aliyun", region: "cn-hangzhou", nativeId: "t-h1" });
      const writes = [
        ask("/tasks", { method: "POST", body, headers: json }, reader),
        ask(done, { method: "DELETE" }, reader),
        ask(`${done}/cancel`, { method: "POST" }, reader),
      ];
      for (const answer of await Promise.all(writes)) {
        expect(await problemOf(answer)).toEqual([403, "forbidden", problemJson]);
      }
    } finally {
      await reader.close();
    }
  });
});

describe("GET /tasks/{id}?wait", () => {
  const open = "/tasks/aliyun:cn-hangzhou:t-open";

  test("answers an ended task immediately from the ledger alone", async () => {
    api.clouds.alibabaEcs.requests.length = 0;
    const answer = await ask(`${done}?wait=25`);
    const { headers, status } = answer;
    expect([status, headers.get("task-status"), headers.get("retry-after")]).toEqual([200, "succeeded", null]);
    expect(api.clouds.alibabaEcs.requests).toHaveLength(0);
  });

  test("answers with the current state and Retry-After when the wait runs out", async () => {
    api.clouds.alibabaEcs.requests.length = 0;
    const began = performance.now();
    const { headers, status } = await ask(`${open}?wait=2`);
    expect([status, headers.get("task-status"), headers.get("retry-after")]).toEqual([200, "running", "5"]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1990);
    const looks = api.clouds.alibabaEcs.requests.filter(({ api: name }) => name === "DescribeTaskAttribute");
    expect(looks).toHaveLength(2);
  });

  test("answers as soon as the task is done", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-soon" });
    const answer = ask("/tasks/aliyun:cn-hangzhou:t-soon?wait=25");
    setTimeout(() => api.clock.advance(3_600_000), 1000);
    const began = performance.now();
    expect((await answer).headers.get("task-status")).toBe("succeeded");
    expect(performance.now() - began).toBeLessThan(12_000);
  }, 30_000);

  test("answers before the function times out, and 304 to a client that has the task", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-late" });
    const path = "/tasks/aliyun:cn-hangzhou:t-late";
    const hurried = await startGateway({ leftMs: 6000 });
    try {
      const first = await ask(`${path}?wait=25`, {}, hurried);
      expect([first.status, first.headers.get("task-status")]).toEqual([200, "running"]);
      const headers = { "if-none-match": first.headers.get("etag") ?? "" };
      expect((await ask(`${path}?wait=1`, { headers })).status).toBe(304);
    } finally {
      await hurried.close();
    }
  }, 20_000);
});

function trackBody(nativeId: string): string {
  return JSON.stringify({ connection: "aliyun", region: "cn-hangzhou", nativeId });
}

describe("a retry after a lost response", () => {
  test("of track gets 201 and then 200, and of untrack 204 and then 404", async () => {
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-lost" });
    const post = () => ask("/tasks", { method: "POST", body: trackBody("t-lost"), headers: json });
    const [first, second] = [await post(), await post()];
    expect([first.status, second.status, await second.json()]).toEqual([201, 200, await first.json()]);
    const remove = () => ask("/tasks/aliyun:cn-hangzhou:t-lost", { method: "DELETE" });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
  });

  test("of cancel gets 202 and then 409 with the current task", async () => {
    const plan = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" }, cancelTakesMs: 60_000 } as const;
    api.addTask({ cloud: "alibaba-ecs", nativeId: "t-slow", plan });
    const cancel = () => ask("/tasks/aliyun:cn-hangzhou:t-slow/cancel", { method: "POST" });
    const states: unknown[] = [];
    for (let time = 0; time < 3; time += 1) {
      if (time === 2) api.clock.advance(60_000);
      const answer = await cancel();
      const body = (await answer.json()) as { status: unknown; task?: { status: string } };
      states.push([answer.status, body.task?.status ?? body.status]);
    }
    expect(states).toEqual([
      [202, "running"],
      [409, "running"],
      [409, "canceled"],
    ]);
  });
});
