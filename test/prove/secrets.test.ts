import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listenOnLoopback, stopServer } from "../local/loopback.ts";
import { callSocket } from "../local/unix-socket.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import { cloudNames } from "../sandbox/exchange.ts";
import type { FaultKind } from "../sandbox/faults.ts";
import { findLeaks } from "./leak-search.ts";
import type { Outlets } from "./leak-search.ts";
import { startListeningProxy } from "./listening-proxy.ts";
import type { ListeningProxy } from "./listening-proxy.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const canary = "CANARYw7Hq3";

/** Each contains characters that encoding changes. */
const marked = {
  ALI_KEY_ID: "LTAIMARKEDkeyId0001",
  ALI_KEY_SECRET: "MARKEDsecretAlibaba+/0001",
  ALI_TOKEN: "CAISMARKEDtokenAlibaba+/0001==",
  STACK_APP_KEY: "MARKEDappKey0002",
  STACK_APP_SECRET: "MARKEDsecretApsara+/0002",
  EDGE_SECRET_ID: "AKIDMARKEDsecretId0003",
  EDGE_SECRET_KEY: "MARKEDsecretTencent+/0003",
  EDGE_TOKEN: "MARKEDtokenTencent+/0003==",
};

const good = {
  alibabaEcs: {
    accessKeyId: marked.ALI_KEY_ID,
    accessKeySecret: marked.ALI_KEY_SECRET,
    securityToken: marked.ALI_TOKEN,
  },
  apsaraRoute: { appKey: marked.STACK_APP_KEY, appSecret: marked.STACK_APP_SECRET, userEmail: "ops@example.com" },
  tencentEcm: { secretId: marked.EDGE_SECRET_ID, secretKey: marked.EDGE_SECRET_KEY, token: marked.EDGE_TOKEN },
};

const portNames = ["PORT", "EVENTS_PORT", "LEDGER_PORT"] as const;
type Ports = Readonly<Record<(typeof portNames)[number], number>>;

interface LocalMode {
  readonly clouds: SandboxClouds;
  readonly proxies: readonly ListeningProxy[];
  readonly ports: Ports;
  readonly folder: string;
  readonly child: ChildProcess;
  readonly printed: { stdout: string; stderr: string };
  readonly startSecret: string;
}

const stops: (() => Promise<unknown>)[] = [];
let local: LocalMode;
/** Every response of the HTTP API. */
const answers = { headers: "", bodies: "" };
const statuses = new Set<number>();
let outlets: Outlets;

beforeAll(async () => {
  await promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: project });
  local = await startLocalMode();
  await exercise(local);
  outlets = await collect(local);
}, 240_000);

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
}, 30_000);

async function startLocalMode(): Promise<LocalMode> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-secrets-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  // The proxies leave the signed Host as it is, and their ports are known only once they listen.
  const otherHosts: string[] = [];
  const clouds = await startSandboxClouds({ clock: { now: () => Date.now() }, credentials: good, otherHosts });
  stops.push(() => clouds.stop());
  const urls = [clouds.alibabaEcs.url, clouds.apsaraRoute.url, clouds.tencentEcm.url];
  const proxies = await Promise.all(urls.map(startListeningProxy));
  for (const proxy of proxies) stops.push(() => proxy.stop());
  otherHosts.push(...proxies.map(({ url }) => new URL(url).host));
  const CONNECTIONS_FILE = join(folder, "connections.json");
  await writeFile(CONNECTIONS_FILE, JSON.stringify({ connections: connectionsTo(proxies.map(({ url }) => url)) }));
  const ports = await freePorts();
  const environment = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [join(project, "test/local/start.ts")], {
    cwd: project,
    env: {
      PATH,
      HOME,
      ...environment,
      ...marked,
      CONNECTIONS_FILE,
      LOCAL_DIR: join(folder, "local"),
      LOG_LEVEL: "debug",
      SWEEP_SECONDS: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  stops.push(async () => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGTERM");
    await gone;
  });
  const printed = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (printed.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (printed.stderr += String(chunk)));
  while (!printed.stdout.includes("\nready\n")) {
    if (child.exitCode !== null) throw new Error(`local mode ended: ${printed.stdout}${printed.stderr}`);
    await sleep(50);
  }
  const startSecret = await readStartSecret(join(folder, "local"));
  return { clouds, proxies, ports, folder, child, printed, startSecret };
}

async function readStartSecret(localFolder: string): Promise<string> {
  const [, secret] = /^AWS_ACCESS_KEY_ID=(\S+)$/m.exec(await readFile(join(localFolder, "aws.env"), "utf8")) ?? [];
  if (secret === undefined) throw new Error("aws.env has no access key id");
  return secret;
}

function connectionsTo([alibaba, apsara, tencent]: readonly string[]): unknown[] {
  const rate = { perSecond: 50, burst: 100 };
  return [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions: ["cn-hangzhou"],
      endpoint: alibaba,
      rate,
      credential: {
        accessKeyId: "env:ALI_KEY_ID",
        accessKeySecret: "env:ALI_KEY_SECRET",
        securityToken: "env:ALI_TOKEN",
      },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: apsara,
      userEmail: "ops@example.com",
      rate,
      credential: { appKey: "env:STACK_APP_KEY", appSecret: "env:STACK_APP_SECRET" },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: tencent,
      rate,
      credential: { secretId: "env:EDGE_SECRET_ID", secretKey: "env:EDGE_SECRET_KEY", token: "env:EDGE_TOKEN" },
    },
  ];
}

async function freePorts(): Promise<Ports> {
  const servers = portNames.map(() => createServer());
  const ports = await Promise.all(servers.map((server) => listenOnLoopback(server, 0)));
  await Promise.all(servers.map(stopServer));
  return Object.fromEntries(portNames.map((name, index) => [name, ports[index]])) as Ports;
}

const faults: readonly FaultKind[] = [
  "throttle",
  "deny",
  "html",
  "empty",
  "status",
  "wrong-shape",
  "truncate",
  "reset",
];

/** Makes every call normally, with each bad credential, and with each fault. Each time, one sweep runs. */
async function exercise(mode: LocalMode): Promise<void> {
  const { clouds } = mode;
  addTasks(clouds);
  await everyCall(mode);
  await aSweep(mode);
  for (const credential of [wrongSecret(), wrongToken(), otherAccount()]) {
    rotate(clouds, credential);
    await everyCall(mode);
    await aSweep(mode);
    rotate(clouds, good);
  }
  for (const kind of faults) {
    for (const cloud of cloudNames)
      clouds.faults.add({ cloud, kind, times: "always", ...(kind === "throttle" ? { ms: 100 } : {}) });
    await everyCall(mode);
    await aSweep(mode);
    clouds.faults.clear();
  }
  await aSweep(mode);
  await aSweep(mode);
}

function addTasks({ tasks }: SandboxClouds): void {
  const failing = {
    pendingMs: 0,
    runningMs: 500,
    ending: { kind: "failed", code: canary, message: `${canary} is broken` },
  } as const;
  const lasting = { pendingMs: 0, runningMs: 3_600_000, ending: { kind: "succeeded" } } as const;
  for (const cloud of cloudNames) tasks.addTask({ cloud, action: "ImportImage", plan: failing });
  tasks.addTask({ cloud: "alibaba-ecs", action: "ImportImage", nativeId: `t-${canary}`, plan: lasting });
  tasks.addTask({ cloud: "apsara-route", action: "ImportImage", nativeId: "t-lasting", plan: lasting });
  tasks.addTask({ cloud: "tencent-ecm", action: "ImportImage", nativeId: "21", plan: lasting });
}

type Credentials = typeof good;

/** Breaks the signature; the clouds' answers quote the string to sign. */
function wrongSecret(): Credentials {
  return {
    alibabaEcs: { ...good.alibabaEcs, accessKeySecret: "another" },
    apsaraRoute: { ...good.apsaraRoute, appSecret: "another" },
    tencentEcm: { ...good.tencentEcm, secretKey: "another" },
  };
}

function wrongToken(): Credentials {
  return {
    ...good,
    alibabaEcs: { ...good.alibabaEcs, securityToken: "another" },
    tencentEcm: { ...good.tencentEcm, token: "another" },
  };
}

/** Replaces the keys; the clouds reject the old ones as expired or unknown. */
function otherAccount(): Credentials {
  return {
    alibabaEcs: { ...good.alibabaEcs, accessKeyId: "LTAIanother" },
    apsaraRoute: { ...good.apsaraRoute, appKey: "another" },
    tencentEcm: { ...good.tencentEcm, secretId: "AKIDanother" },
  };
}

function rotate(clouds: SandboxClouds, next: Credentials): void {
  clouds.alibabaEcs.rotateCredential(next.alibabaEcs);
  clouds.apsaraRoute.rotateCredential(next.apsaraRoute);
  clouds.tencentEcm.rotateCredential(next.tencentEcm);
}

async function everyCall({ ports }: LocalMode): Promise<void> {
  const post = (body: string) => ({ method: "POST", headers: { "content-type": "application/json" }, body });
  const track = (wanted: object) => post(JSON.stringify({ labels: { note: canary }, ...wanted }));
  const ids = [`aliyun:cn-hangzhou:t-${canary}`, "stack:cn-qingdao-env17-d01:t-lasting", "edge:global:21"];
  const calls: [string, RequestInit?][] = [
    ["/tasks?limit=100"],
    ["/tasks?source=ledger"],
    ["/tasks?status=nonsense&unknown=1"],
    ["/tasks?cursor=broken"],
    ["/no-such-thing"],
    ["/tasks", post("{")],
    ["/tasks", track({ connection: "nobody", nativeId: "1" })],
    ["/tasks", track({ connection: "aliyun", nativeId: `t-${canary}` })],
    ["/tasks", track({ connection: "edge", nativeId: "21" })],
    ["/tasks", track({ connection: "stack", nativeId: "t-lasting" })],
    ...[...ids, "aliyun:cn-hangzhou:t-none", "edge:global:99", "nonsense"].map((id): [string] => [
      `/tasks/${encodeURIComponent(id)}`,
    ]),
    [`/tasks/${encodeURIComponent("aliyun:cn-hangzhou:t-none")}/cancel`, { method: "POST" }],
    [`/tasks/${encodeURIComponent("edge:global:21")}/cancel`, { method: "POST" }],
    [`/tasks/${encodeURIComponent("stack:cn-qingdao-env17-d01:t-lasting")}`, { method: "DELETE" }],
  ];
  await Promise.all(calls.map(([path, init]) => call(`http://127.0.0.1:${ports.PORT}${path}`, init)));
}

async function call(url: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(40_000) });
  statuses.add(response.status);
  answers.headers += `${JSON.stringify([...response.headers])}\n`;
  answers.bodies += `${await response.text()}\n`;
}

/** Returns when a sweep that started after this call has ended. */
async function aSweep({ printed }: LocalMode): Promise<void> {
  const [lambdaSocket = ""] = /\S+\/lambda\.sock/.exec(printed.stdout) ?? [];
  const path = "/2015-03-31/functions/image-tasks-local-sweep/invocations";
  const signal = AbortSignal.timeout(40_000);
  const { status, headers, body } = await callSocket(lambdaSocket, { method: "POST", path, body: "{}", signal });
  statuses.add(status);
  answers.headers += `${JSON.stringify(headers)}\n`;
  answers.bodies += `${body}\n`;
}

async function collect({ folder, ports, printed, clouds, startSecret }: LocalMode): Promise<Outlets> {
  const found = new Map<string, string>();
  const files = (await readdir(join(folder, "local"), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const read = files.map(
    async (file) => [file.name, await readFile(join(file.parentPath, file.name), "latin1")] as const,
  );
  for (const [name, text] of await Promise.all(read)) found.set(`file ${name}`, text);
  // The one file that is meant to hold the secret of this start.
  found.delete("file aws.env");
  found.set("stdout", printed.stdout);
  found.set("stderr", printed.stderr);
  found.set("GET /events", await (await fetch(`http://127.0.0.1:${ports.EVENTS_PORT}/events`)).text());
  found.set("HTTP headers", answers.headers);
  found.set("HTTP bodies", answers.bodies);
  found.set("ledger", await scan(ports.LEDGER_PORT, startSecret));
  found.set(
    "what the clouds recorded",
    JSON.stringify([clouds.alibabaEcs.requests, clouds.apsaraRoute.requests, clouds.tencentEcm.requests]),
  );
  return found;
}

async function scan(port: number, accessKeyId: string): Promise<string> {
  const credentials = { accessKeyId, secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials });
  const { Items: items } = await client.send(new ScanCommand({ TableName: "image-tasks-local" }));
  client.destroy();
  return JSON.stringify(items);
}

describe("the whole service, through every operation and every kind of failure", () => {
  test("leaks no credential, token, or signature", () => {
    const heard = local.proxies.flatMap(({ heard }, index) =>
      [...heard].map(([name, value]) => [`${cloudNames[index]} ${name}`, value] as const),
    );
    expect(heard.length).toBeGreaterThan(100);
    const secrets = new Map<string, string>([...Object.entries(marked), ...heard, ["start", local.startSecret]]);
    expect(findLeaks(outlets, secrets)).toEqual([]);
  });

  test("covered successes and failures, and sent the marked secrets to the clouds", () => {
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404, 502]));
    const sent = local.proxies.flatMap(({ heard }) => [...heard.values()]).join("\n");
    for (const secret of [marked.ALI_TOKEN, marked.EDGE_TOKEN, marked.ALI_KEY_ID, marked.EDGE_SECRET_ID])
      expect(sent).toContain(secret);
    const log = outlets.get("file serverless-offline.log") ?? "";
    for (const told of [
      "did not accept the signature",
      "refused the signature",
      "AuthFailure.SignatureFailure",
      "AuthFailure.TokenFailure",
    ]) {
      expect(log).toContain(told);
    }
  });

  test.each([
    "stdout",
    "file serverless-offline.log",
    "file events.jsonl",
    "GET /events",
    "HTTP headers",
    "HTTP bodies",
    "ledger",
  ])("would have detected a leak in %s, where a canary is planted", (outlet) => {
    expect(findLeaks(outlets, new Map([["canary", canary]])).map((leak) => leak.outlet)).toContain(outlet);
  });
});

describe("findLeaks()", () => {
  test.each([
    ["as it is", "key a+/b= end"],
    ["in a URL", "?k=a%2B%2Fb%3D&"],
    ["in base64", "YSsvYj0="],
  ])("finds a secret %s", (_how, text) => {
    expect(findLeaks(new Map([["place", text]]), new Map([["name", "a+/b="]]))).toEqual([
      { outlet: "place", secret: "name" },
    ]);
  });

  test("finds nothing when the secret is absent", () => {
    expect(findLeaks(new Map([["place", "a+/b"]]), new Map([["name", "a+/b="]]))).toEqual([]);
  });
});
