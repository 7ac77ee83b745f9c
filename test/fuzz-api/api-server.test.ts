import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTemplateRoutes } from "../gateway/template-routes.ts";
import { startApiServer } from "./api-server.ts";
import type { ApiServer } from "./api-server.ts";
import { createCaller } from "./caller.ts";
import type { Caller } from "./caller.ts";

/** One function that returns its event and one that throws. */
const tells = `export const handler = async (event) => ({
  statusCode: 201, headers: { "content-type": "application/json" }, body: JSON.stringify(event) });`;
const breaks = `export const handler = async () => { throw new Error("broken on purpose"); };`;

let folder: string;
let server: ApiServer;
let caller: Caller;
const unhandled: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "image-tasks-"));
  for (const { functionName } of await readTemplateRoutes()) {
    await writeFile(join(folder, `${functionName}.mjs`), functionName === "health" ? breaks : tells);
  }
  server = await startApiServer({ bundles: folder, port: 0, onUnhandled: (what) => unhandled.push(what) });
  caller = createCaller(server.url, 4);
});
afterAll(async () => {
  caller.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function eventOf(
  method: string,
  target: string,
  more: { headers?: Record<string, string | string[]>; body?: string } = {},
) {
  const { headers = {}, body = null } = more;
  return JSON.parse((await caller.call({ method, target, headers, body })).body);
}

describe("startApiServer()", () => {
  test("builds events from requests like API Gateway", async () => {
    const headers = { "X-Twice": ["a", "b"], cookie: "c=1; d=2", "content-type": "application/json" };
    expect(await eventOf("POST", "/tasks?a=1&a=%20", { headers, body: "{}" })).toMatchObject({
      version: "2.0",
      routeKey: "POST /tasks",
      rawPath: "/tasks",
      rawQueryString: "a=1&a=%20",
      headers: { "x-twice": "a,b" },
      cookies: ["c=1", "d=2"],
      body: "{}",
      isBase64Encoded: false,
      requestContext: { http: { method: "POST", path: "/tasks" } },
    });
  });

  test("decodes the path and routes unknown paths to the fallback function", async () => {
    const { routeKey, pathParameters } = await eventOf("GET", "/tasks/aliyun%3Acn%3A%E4%BB%BB");
    expect([routeKey, pathParameters]).toEqual(["GET /tasks/{id}", { id: "aliyun:cn:任" }]);
    expect(await eventOf("PUT", "/tasks")).toMatchObject({ routeKey: "$default", rawPath: "/tasks" });
    expect(await eventOf("GET", "//tasks/../x")).toMatchObject({ routeKey: "$default", rawPath: "//tasks/../x" });
  });

  test("passes non-text bodies on as base64", async () => {
    const headers = { "content-type": "application/octet-stream" };
    expect(await eventOf("POST", "/tasks", { headers, body: "\u00ff\u0000" })).toMatchObject({
      body: "/wA=",
      isBase64Encoded: true,
    });
  });

  test("answers like the gateway when a function throws, and reports the error", async () => {
    const { status, body } = await caller.call({ method: "GET", target: "/health", headers: {}, body: null });
    expect([status, body]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(unhandled).toEqual(["GET /health: Error: broken on purpose"]);
  });
});
