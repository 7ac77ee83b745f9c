import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { callAsPage, foreignPages } from "../fakes/web-page.ts";
import { listenersOf } from "./listeners.ts";
import {
  buildFunctions,
  freePorts,
  portVariables,
  startLocalMode,
  temporaryFolder,
  toEnvironment,
} from "./started-local-mode.ts";
import type { CleanUp, Ports, Running } from "./started-local-mode.ts";
import { callSocket } from "./unix-socket.ts";

const apiToken = "s3cret-of-a-test";
const withOrWithout = [
  { how: "without API_TOKEN", token: undefined },
  { how: "with API_TOKEN", token: apiToken },
] as const;

const States = z.object({ tasks: z.array(z.object({ nativeId: z.string(), phase: z.string() })) });

beforeAll(buildFunctions, 60_000);

interface Started extends Running {
  readonly ports: Ports;
  readonly folder: string;
}

async function start(token: string | undefined, cleanUp: CleanUp = onTestFinished): Promise<Started> {
  const [ports, folder] = [await freePorts(), await temporaryFolder(cleanUp)];
  // One sweep at the start, so that the ledger has tasks and nothing changes afterwards.
  const environment = { ...toEnvironment(ports), LOCAL_DIR: folder, SWEEP_SECONDS: "600" };
  const given = token === undefined ? environment : { ...environment, API_TOKEN: token };
  const running = await startLocalMode(given, { cleanUp });
  return { ...running, ports, folder };
}

async function startSecret(folder: string): Promise<string> {
  const [, secret = ""] = /^AWS_ACCESS_KEY_ID=(\S+)$/m.exec(await readFile(join(folder, "aws.env"), "utf8")) ?? [];
  return secret;
}

/** The statuses of every method. None may come with CORS headers, and each problem must name the header to blame. */
async function answersTo(url: string, headers: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const statuses = new Set<unknown>();
  for (const method of ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"]) {
    const answer = await callAsPage(url, { method, headers });
    statuses.add(answer.status);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const blamed = Object.keys(headers).at(-1) ?? "";
    if (method !== "HEAD") expect(JSON.parse(answer.body).detail.toLowerCase()).toContain(`the ${blamed} header`);
  }
  return [...statuses];
}

/** Whether its cloud has been told to cancel the task. */
async function isCanceled(nativeId: string, ports: Ports): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${ports.SANDBOX_CONTROL_PORT}/tasks`);
  const phase = States.parse(await answer.json()).tasks.find((task) => task.nativeId === nativeId)?.phase ?? "";
  expect(["pending", "running", "canceled"]).toContain(phase);
  return phase === "canceled";
}

/** A call that the ledger would answer if it did not know its callers. */
function ledgerCall(operation: string, request: object) {
  return {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20260131T120000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20260131/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify({ TableName: "image-tasks-local", ...request }),
  };
}

const exportId = "t-bp1hvgwromzv32iq";
const cancelEvent = JSON.stringify({
  version: "2.0",
  rawPath: `/tasks/aliyun:cn-hangzhou:${exportId}/cancel`,
  rawQueryString: "",
  headers: {},
  pathParameters: { id: `aliyun:cn-hangzhou:${exportId}` },
  requestContext: { http: { method: "POST", path: `/tasks/aliyun:cn-hangzhou:${exportId}/cancel` } },
});
const cancelPath = "/2015-03-31/functions/image-tasks-local-cancel/invocations";

describe.each(withOrWithout)("npm start $how", { timeout: 60_000 }, ({ token }) => {
  const stops: (() => Promise<void>)[] = [];
  let local: Started;
  beforeAll(async () => {
    local = await start(token, (stop) => stops.push(stop));
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  test.runIf(process.platform === "linux")("listens on the ports it reports, and on loopback only", async () => {
    const { child, ports } = local;
    const expected = Object.values(ports).map((port) => ({ address: "0100007F", port }));
    expect(await listenersOf(child.pid ?? 0)).toEqual(expected.toSorted((a, b) => a.port - b.port));
  });

  test("refuses every web page on every port", async () => {
    const { ports } = local;
    const bearing: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    for (const variable of portVariables) {
      const url = `http://127.0.0.1:${ports[variable]}/tasks`;
      for (const { page, headers } of foreignPages) {
        expect([variable, page, await answersTo(url, { ...bearing, ...headers })]).toEqual([variable, page, [403]]);
      }
    }
  });

  test("cancels no task for a page or a program that invokes a function on any port", async () => {
    const { ports, lambdaSocket } = local;
    const simple = { "content-type": "text/plain" };
    for (const port of Object.values(ports)) {
      const url = `http://127.0.0.1:${port}${cancelPath}`;
      const page = { ...simple, origin: "https://page.example" };
      expect((await callAsPage(url, { method: "POST", headers: page, body: cancelEvent })).status).toBe(403);
      await callAsPage(url, { method: "POST", headers: simple, body: cancelEvent });
    }
    expect(await isCanceled(exportId, ports)).toBe(false);
    if (token !== undefined) return;
    // Where it is allowed, the same call does cancel the task.
    const signal = AbortSignal.timeout(20_000);
    await callSocket(lambdaSocket, { method: "POST", path: cancelPath, body: cancelEvent, signal });
    expect(await isCanceled(exportId, ports)).toBe(true);
  });

  test("lets nobody scan, put, or delete in the ledger without the secret of this start", async () => {
    const { ports, folder, output } = local;
    const url = `http://127.0.0.1:${ports.LEDGER_PORT}/`;
    const forged = { id: { S: "forged" } };
    for (const [operation, request] of [
      ["Scan", {}],
      ["PutItem", { Item: forged }],
      ["DeleteItem", { Key: forged }],
      ["DeleteTable", {}],
    ] as const) {
      const answer = await fetch(url, ledgerCall(operation, request));
      expect([operation, answer.status]).toEqual([operation, 401]);
      expect(await answer.text()).toContain(`AWS_ACCESS_KEY_ID in ${join(folder, "aws.env")}`);
    }
    const secret = await startSecret(folder);
    const credentials = { accessKeyId: secret, secretAccessKey: "local" };
    const client = new DynamoDBClient({ endpoint: url, region: "us-east-1", credentials });
    onTestFinished(() => client.destroy());
    const { Items: items = [] } = await client.send(new ScanCommand({ TableName: "image-tasks-local" }));
    expect(items).not.toContainEqual(forged);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(output()).not.toContain(secret);
  });

  test("lets nobody publish, forget, or order faults at the event endpoint without the secret of this start", async () => {
    const { ports, folder } = local;
    const url = `http://127.0.0.1:${ports.EVENTS_PORT}`;
    const publish = { method: "POST", headers: { "x-amz-target": "AWSEvents.PutEvents" }, body: '{"Entries":[]}' };
    const fault = { method: "POST", body: '{"times":1,"fault":"throttle"}' };
    const bearing: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    for (const call of [
      { path: "/", ...publish },
      { path: "/", ...publish, headers: { ...publish.headers, ...bearing } },
      { path: "/faults", ...fault },
      { path: "/faults", ...fault, headers: bearing },
      { path: "/refusals", method: "POST", body: '{"times":1}' },
      { path: "/events", method: "DELETE" },
    ]) {
      expect([call.path, (await fetch(`${url}${call.path}`, call)).status]).toEqual([call.path, 401]);
    }
    const authorization = `Bearer ${await startSecret(folder)}`;
    expect((await fetch(`${url}/faults`, { ...fault, headers: { authorization } })).status).toBe(201);
  });

  test("shows events to whom it shows tasks", async () => {
    const { ports } = local;
    const url = `http://127.0.0.1:${ports.EVENTS_PORT}/events`;
    expect((await fetch(url)).status).toBe(token === undefined ? 200 : 401);
    expect((await fetch(url, { headers: { authorization: "Bearer guess" } })).status).toBe(
      token === undefined ? 200 : 401,
    );
    expect((await fetch(url, { headers: { authorization: `Bearer ${apiToken}` } })).status).toBe(200);
  });
});

describe("npm start", { timeout: 60_000 }, () => {
  test("keeps its secret and its sockets from other users, and removes them when it stops", async () => {
    const { child, folder, lambdaSocket } = await start(undefined);
    const file = join(folder, "aws.env");
    const modes = await Promise.all([file, dirname(lambdaSocket)].map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o600, 0o700]);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    for (const path of [file, lambdaSocket, dirname(lambdaSocket)]) await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  test("has another secret at every start", async () => {
    const [one, other] = [await start(undefined), await start(undefined)];
    expect(await startSecret(one.folder)).not.toBe(await startSecret(other.folder));
  });
});
