import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { checkResponse } from "../contract/check-response.ts";
import { startConnectProxy } from "../fakes/connect-proxy.ts";
import { unusableFiles, writeUnusable } from "../fixtures/unusable-connections.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import { listenOnLoopback, readText, stopServer } from "./loopback.ts";
import { writeSandboxConnections } from "./sandbox-connections.ts";
import {
  buildFunctions,
  freePorts,
  killGroup,
  portVariables,
  startLocalMode,
  startScript,
  temporaryFolder,
  toEnvironment,
} from "./started-local-mode.ts";
import type { Ports } from "./started-local-mode.ts";

const clouds = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;

const Events = z.object({
  events: z.array(
    z.object({
      detail: z.object({
        id: z.string(),
        subject: z.string(),
        data: z.object({ task: z.object({ provider: z.string() }) }),
      }),
    }),
  ),
});
const TaskList = z.object({ tasks: z.array(z.object({ provider: z.string() })), errors: z.array(z.unknown()) });

beforeAll(buildFunctions, 60_000);

/** Kills only this process, not its children. */
async function killAlone(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

async function completions(ports: Ports) {
  const answer = await fetch(`http://127.0.0.1:${ports.EVENTS_PORT}/events?detail-type=Image%20Task%20Completed`);
  return Events.parse(await answer.json()).events.map(({ detail }) => detail);
}

/** Checks every response of the API against the contract. */
async function askApi(ports: Ports, target: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(`http://127.0.0.1:${ports.PORT}${target}`, init);
  const [path = ""] = target.split("?");
  const { status, headers } = answer;
  const seen = { method: init.method ?? "GET", path, status, headers: Object.fromEntries(headers) };
  checkResponse({ ...seen, body: await answer.clone().text() });
  return answer;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  const listening = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return listening;
}

/** Polls until nothing is left; the error names what still runs. */
async function untilNoneLeft(look: () => Promise<readonly string[]>, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (let left = await look(); left.length > 0; left = await look()) {
    if (performance.now() > deadlineMs) throw new Error(`still left after ${timeoutMs} ms: ${left.join(", ")}`);
    await sleep(200);
  }
}

describe("npm start", () => {
  test("publishes a completion for each cloud, lists all tasks, and leaves no listener behind", async () => {
    const ports = await freePorts();
    const { child, output } = await startLocalMode({ ...toEnvironment(ports), LOCAL_DIR: await temporaryFolder() });

    const withoutCompletion = async () => {
      const seen = new Set((await completions(ports)).map(({ data }) => data.task.provider));
      return clouds.filter((cloud) => !seen.has(cloud));
    };
    await untilNoneLeft(withoutCompletion, 60_000);
    const page = await fetch(`http://localhost:${ports.PORT}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>Image tasks</title>")]);
    expect(output()).toContain(`  page in a browser       http://localhost:${ports.PORT}/\n`);
    expect(output()).toContain(`  IMAGE_TASKS_URL=http://localhost:${ports.PORT} npx image-tasks list\n`);
    const answer = await askApi(ports, "/tasks?limit=100");
    const { tasks, errors } = TaskList.parse(await answer.json());
    expect(errors).toEqual([]);
    expect([...new Set(tasks.map(({ provider }) => provider))].toSorted()).toEqual(clouds);
    expect(output()).toMatch(/\d\d:\d\d:\d\d {2}Image Task Completed {2}\S+ {2}\w+ -> succeeded\n/);
    expect(output()).not.toContain("WARNING");

    const waits = Array.from({ length: 60 }, () => askApi(ports, "/tasks/aliyun:cn-hangzhou:t-none?wait=5"));
    const answers = await Promise.all(waits);
    const busy = answers.filter(({ status, headers }) => status === 503 && headers.get("retry-after") === "5");
    expect([busy.length, answers.some(({ status }) => status < 400)]).toEqual([40, false]);

    const exited = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    const listening = await Promise.all(Object.values(ports).map(isListening));
    expect(listening).not.toContain(true);
  }, 90_000);

  test.each([
    ["it", [process.execPath, startScript]],
    ["the shell that started it", ["/bin/sh", "-c", `"${process.execPath}" "${startScript}"; true`]],
    [
      "npm, which started it through a shell,",
      ["/bin/sh", "-c", `/bin/sh -c '"${process.execPath}" "${startScript}"; true'; true`],
    ],
  ])(
    "leaves no listener behind when %s is killed",
    async (_who, command) => {
      const ports = await freePorts();
      const environment = { ...toEnvironment(ports), LOCAL_DIR: await temporaryFolder(), npm_lifecycle_event: "start" };
      // Run one sweep only. serverless-offline would also end because it writes into a closed pipe.
      const { child } = await startLocalMode({ ...environment, SWEEP_SECONDS: "600" }, { command });
      await sleep(1500);
      await killAlone(child);
      await untilNoneLeft(async () => {
        const listening = await Promise.all(Object.values(ports).map(isListening));
        return portVariables.filter((_, index) => listening[index]);
      }, 5000);
    },
    60_000,
  );

  test("requires its token for every call and serves HEAD, 404, and 405 like the deployed API", async () => {
    const ports = await freePorts();
    const environment = { ...toEnvironment(ports), LOCAL_DIR: await temporaryFolder(), API_TOKEN: "s3cret-of-a-test" };
    const { output } = await startLocalMode(environment);
    const ask = (path: string, init?: RequestInit) => askApi(ports, path, init);

    for (const path of ["/tasks", "/tasks/edge:global:21", "/connections", "/health", "/openapi.json", "/nowhere"]) {
      const answer = await ask(path);
      expect([path, answer.status, answer.headers.get("www-authenticate")]).toEqual([path, 401, "Bearer"]);
      expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    }
    expect((await ask("/tasks", { headers: { authorization: "Bearer guess" } })).status).toBe(401);
    // The page asks its reader for the token.
    expect((await fetch(`http://127.0.0.1:${ports.PORT}/`)).status).toBe(200);
    const headers = { authorization: "Bearer s3cret-of-a-test" };
    expect((await ask("/tasks", { headers })).status).toBe(200);
    const head = await ask("/tasks?source=ledger", { method: "HEAD", headers });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const [put, nowhere] = [await ask("/tasks", { method: "PUT", headers }), await ask("/nowhere", { headers })];
    expect([put.status, put.headers.get("allow"), nowhere.status]).toEqual([405, "GET, HEAD, POST", 404]);
    expect((await ask("/tasks", { method: "OPTIONS", headers })).status).toBe(405);
    for (const path of ["/tasks/%", "/tasks/%ff"]) expect((await ask(path, { headers })).status).toBe(400);
    const large = { method: "POST", headers: { "content-type": "application/json", ...headers } };
    expect((await ask("/tasks", { ...large, body: "a".repeat(12_000_000) })).status).toBe(413);
    const page = { origin: "https://page.example", ...headers };
    expect((await ask("/tasks", { headers: page })).status).toBe(403);
    expect((await ask("/openapi.json", { headers: { cookie: '=;;"x', ...headers } })).status).toBe(200);
    // The sweep is invoked, not called over HTTP.
    expect(output()).not.toContain("WARNING");
    expect(output()).toContain(` IMAGE_TASKS_TOKEN="$API_TOKEN" npx image-tasks list\n`);
    expect(output()).not.toContain("s3cret");
  }, 60_000);

  test.each([
    [
      "its variables",
      async () => ({ ...shellKeys, AWS_SESSION_TOKEN: "shell-token", AWS_DEFAULT_REGION: "eu-west-1" }),
    ],
    ["its profile", shellProfile],
  ])(
    "reads secrets as the shell's own identity, given by %s",
    async (_how, shell) => {
      const [sandbox, secrets, ports] = [await startSandbox(), await startSecretStores(), await freePorts()];
      const { accessKeyId, accessKeySecret } = sandbox.alibabaEcs.credential;
      secrets.values.set("/image-tasks/key-id", accessKeyId);
      secrets.values.set(secretArn, JSON.stringify({ secret: accessKeySecret }));
      const credential = {
        accessKeyId: "ssm:/image-tasks/key-id",
        accessKeySecret: `secretsmanager:${secretArn}#secret`,
      };
      const folder = await temporaryFolder();
      const { output } = await startLocalMode({
        ...toEnvironment(ports),
        ...(await shell()),
        LOCAL_DIR: folder,
        CONNECTIONS_FILE: await writeConnections(folder, sandbox, credential),
        AWS_ENDPOINT_URL_SSM: secrets.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      });
      const { errors } = TaskList.parse(await (await askApi(ports, "/tasks")).json());
      expect(errors).toEqual([]);
      expect(new Set(secrets.scopes)).toEqual(
        new Set(["AKIDSHELL0001 eu-west-1 ssm shell-token", "AKIDSHELL0001 ap-southeast-1 secretsmanager shell-token"]),
      );
      expect(output()).toContain("secrets are read with the AWS access key that ends in 0001 in eu-west-1");
      expect(output()).not.toMatch(/WARNING|shellSecret|shell-token/);
    },
    60_000,
  );

  test("says at the start which secrets it cannot read without an AWS identity", async () => {
    const [sandbox, ports, folder] = [await startSandbox(), await freePorts(), await temporaryFolder()];
    const credential = { accessKeyId: "ssm:/image-tasks/key-id", accessKeySecret: "secretsmanager:image-tasks/key#a" };
    const { output } = await startLocalMode({
      ...toEnvironment(ports),
      LOCAL_DIR: folder,
      CONNECTIONS_FILE: await writeConnections(folder, sandbox, credential),
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect(output()).toMatch(/WARNING: this shell has no AWS identity .*: ssm:\/image-tasks\/key-id, secretsmanager:/);
    const answer = await (await askApi(ports, "/tasks")).text();
    expect(answer).toContain("the secret ssm:/image-tasks/key-id could not be read (there is no AWS credential)");
  }, 60_000);

  test("calls clouds through the shell's proxy, and its own ledger without it", async () => {
    const [proxy, ports] = [await startConnectProxy({ status: 403 }), await freePorts()];
    onTestFinished(() => proxy.close());
    const folder = await temporaryFolder();
    const credential = { accessKeyId: "env:KEY_ID", accessKeySecret: "env:KEY_SECRET" };
    await startLocalMode({
      ...toEnvironment(ports),
      KEY_ID: "key-id",
      KEY_SECRET: "key-secret",
      LOCAL_DIR: folder,
      CONNECTIONS_FILE: await writeConnections(folder, undefined, credential),
      HTTPS_PROXY: proxy.url.href,
    });
    expect(await (await askApi(ports, "/tasks")).text()).toContain("the proxy refused the connection (403)");
    expect((await askApi(ports, "/tasks?source=ledger")).status).toBe(200);
    expect([...new Set(proxy.asked.map(({ target }) => target))]).toEqual(["ecs.cn-hangzhou.aliyuncs.com:443"]);
  }, 60_000);

  test.each(unusableFiles)("does not start with $what, and says why", async (file) => {
    const [ports, folder] = [await freePorts(), await temporaryFolder()];
    const CONNECTIONS_FILE = await writeUnusable(file, folder);
    const LOCAL_DIR = join(folder, "state");
    const said = await startLocalMode({ ...toEnvironment(ports), LOCAL_DIR, CONNECTIONS_FILE }).catch(String);
    for (const problem of file.problems) expect(said).toContain(problem);
    // It ended before it started anything, and without a stack.
    expect(said).not.toMatch(/^starting|\n +at /m);
  });

  test("names every wrong variable and every taken port at once, before it starts anything", async () => {
    const ports = await freePorts();
    for (const port of [ports.EVENTS_PORT, ports.TENCENT_ECM_PORT]) {
      const other = createServer();
      await listenOnLoopback(other, port);
      onTestFinished(() => stopServer(other));
    }
    const wrong = {
      LOG_LEVEL: "loud",
      RETENTION_DAYS: "0",
      HTTPS_PROXY: "socks5://proxy.example",
      SWEEP_SECONDS: "soon",
      PORT: "70000",
      ALIBABA_ECS_PORT: "any",
    };
    const environment = { ...toEnvironment(ports), ...wrong, APSARA_ROUTE_PORT: String(ports.LEDGER_PORT) };
    const said = await startLocalMode(environment).catch(String);
    expect(said).toContain("The configuration has 9 problem(s):");
    for (const name of Object.keys(wrong)) expect(said).toContain(`- ${name} must be `);
    expect(said).toContain(
      `- Port ${ports.EVENTS_PORT} for the event endpoint is taken: set EVENTS_PORT to a free port`,
    );
    expect(said).toContain(
      `- Port ${ports.TENCENT_ECM_PORT} for the sandbox of Tencent ECM is taken: set TENCENT_ECM_PORT`,
    );
    expect(said).toMatch(
      /- Port \d+ is set for both the ledger and the sandbox of .*: set APSARA_ROUTE_PORT to a diff/,
    );
    expect(said).not.toContain("starting");
  });

  test.each(["0", "-1", "Infinity", "86401"])("does not start with SWEEP_SECONDS=%s", async (SWEEP_SECONDS) => {
    const said = await startLocalMode({ ...toEnvironment(await freePorts()), SWEEP_SECONDS }).catch(String);
    expect(said).toContain(
      "The configuration has 1 problem(s):\n  - SWEEP_SECONDS must be a number above 0, and up to 86400",
    );
  });

  test("asks for no port of a sandbox that it does not start", async () => {
    const [ports, folder] = [await freePorts(), await temporaryFolder()];
    const other = createServer();
    await listenOnLoopback(other, ports.TENCENT_ECM_PORT);
    onTestFinished(() => stopServer(other));
    const credential = { accessKeyId: "env:KEY_ID", accessKeySecret: "env:KEY_ID" };
    const CONNECTIONS_FILE = await writeConnections(folder, undefined, credential);
    const said = await startLocalMode({ ...toEnvironment(ports), CONNECTIONS_FILE, LOG_LEVEL: "loud" }).catch(String);
    expect(said).toContain("- LOG_LEVEL must be ");
    expect(said).not.toContain("Port ");
  });

  test("says in a sentence that a file is in its folder's way, or that another one runs in its folder", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "file");
    await writeFile(file, "");
    const inTheWay = startLocalMode({ ...toEnvironment(await freePorts()), LOCAL_DIR: file }).catch(String);
    expect(await inTheWay).toContain(`${file} for state and logs cannot be created (a file is in the way)`);

    const LOCAL_DIR = join(folder, "state");
    await startLocalMode({ ...toEnvironment(await freePorts()), LOCAL_DIR });
    const said = await startLocalMode({ ...toEnvironment(await freePorts()), LOCAL_DIR }).catch(String);
    expect(said).toContain("is in use by another process. Stop that process, or set LOCAL_DIR to another folder.");
    expect(said).not.toMatch(/\n +at /);
  }, 60_000);

  test("fails to start and names the variable to change when a port is in use", async () => {
    const ports = await freePorts();
    const other = createServer();
    await listenOnLoopback(other, ports.EVENTS_PORT);
    onTestFinished(() => stopServer(other));
    await expect(startLocalMode({ ...toEnvironment(ports), LOCAL_DIR: await temporaryFolder() })).rejects.toThrow(
      `Port ${ports.EVENTS_PORT} for the event endpoint is taken: set EVENTS_PORT to a free port`,
    );
  });

  test("publishes one completion id for every ended task even when killed during sweeps", async () => {
    const folder = await temporaryFolder();
    const sandbox = await startSandboxClouds({ clock: { now: () => Date.now() } });
    onTestFinished(() => sandbox.stop());
    const CONNECTIONS_FILE = join(folder, "connections.json");
    const credentials = await writeSandboxConnections(CONNECTIONS_FILE, sandbox);
    const ports = await freePorts();
    const environment = { ...toEnvironment(ports), ...credentials, CONNECTIONS_FILE, LOCAL_DIR: folder };

    for (const requestsIntoSweep of [2, 4]) {
      addTasks(sandbox);
      const { child } = await startLocalMode(environment);
      await trackEdgeTasks(sandbox, ports);
      await untilRequests(sandbox, 20);
      await untilRequests(sandbox, requestsIntoSweep);
      await killGroup(child);
    }
    await startLocalMode(environment);
    const taskIds = sandbox.tasks.all().map(({ task }) => taskIdOf(task));
    await untilNoneLeft(async () => {
      const seen = new Set((await completions(ports)).map(({ subject }) => subject));
      return taskIds.filter((id) => !seen.has(id));
    }, 40_000);
    const idsOf = Map.groupBy(await completions(ports), ({ subject }) => subject);
    const copies = [...idsOf].map(([subject, details]) => [subject, new Set(details.map(({ id }) => id)).size]);
    expect(Object.fromEntries(copies)).toEqual(
      Object.fromEntries(sandbox.tasks.endedTasks().map((task) => [taskIdOf(task), 1])),
    );
  }, 90_000);
});

const secretArn = "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:image-tasks/aliyun-AbCdEf";
const shellKeys = { AWS_ACCESS_KEY_ID: "AKIDSHELL0001", AWS_SECRET_ACCESS_KEY: "shellSecret" };

async function shellProfile(): Promise<Record<string, string>> {
  const folder = await temporaryFolder();
  const files = { AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"), AWS_CONFIG_FILE: join(folder, "config") };
  const keys = `aws_access_key_id=AKIDSHELL0001\naws_secret_access_key=shellSecret\naws_session_token=shell-token\n`;
  await writeFile(files.AWS_SHARED_CREDENTIALS_FILE, `[prod]\n${keys}`);
  await writeFile(files.AWS_CONFIG_FILE, "[profile prod]\nregion=eu-west-1\n");
  return { ...files, AWS_PROFILE: "prod" };
}

async function startSandbox(): Promise<SandboxClouds> {
  const sandbox = await startSandboxClouds({ clock: { now: () => Date.now() } });
  onTestFinished(() => sandbox.stop());
  return sandbox;
}

/** @param sandbox the real cloud if `undefined` */
async function writeConnections(folder: string, sandbox: SandboxClouds | undefined, credential: object) {
  const path = join(folder, "connections.json");
  const endpoint = sandbox?.alibabaEcs.url;
  const connection = { name: "aliyun", provider: "alibaba-ecs", regions: ["cn-hangzhou"], endpoint, credential };
  await writeFile(path, JSON.stringify({ connections: [connection] }));
  return path;
}

/** SSM and Secrets Manager on one port of loopback; `scopes` is what each call was signed for, and by whom. */
async function startSecretStores() {
  const values = new Map<string, string>();
  const scopes: string[] = [];
  const Wanted = z.object({ Name: z.optional(z.string()), SecretId: z.optional(z.string()) });
  const server = createServer(async (request, response) => {
    const { Name, SecretId } = Wanted.parse(JSON.parse(await readText(request, 10_000)));
    const [, key, region, service] =
      /Credential=(\w+)\/\d{8}\/([\w-]+)\/(\w+)\/aws4_request/.exec(request.headers.authorization ?? "") ?? [];
    scopes.push(`${key} ${region} ${service} ${String(request.headers["x-amz-security-token"])}`);
    const value = values.get(Name ?? SecretId ?? "");
    if (value === undefined) response.writeHead(400).end();
    else response.end(JSON.stringify(Name === undefined ? { SecretString: value } : { Parameter: { Value: value } }));
  });
  const port = await listenOnLoopback(server, 0);
  onTestFinished(() => stopServer(server));
  return { url: `http://127.0.0.1:${port}`, values, scopes };
}

/** Adds tasks that end one after the other over the next five seconds. */
function addTasks(sandbox: SandboxClouds): void {
  for (let index = 1; index <= 10; index += 1) {
    for (const cloud of clouds) {
      const ending = index % 4 === 0 ? ({ kind: "failed", code: "OSSReadFailed", message: "no right" } as const) : null;
      const plan = { pendingMs: 0, runningMs: index * 500, ending: ending ?? ({ kind: "succeeded" } as const) };
      sandbox.tasks.addTask({ cloud, action: "ImportImage", plan });
    }
  }
}

/** This cloud stops listing a successful import, so one that ends between sweeps is found only if tracked. */
async function trackEdgeTasks(sandbox: SandboxClouds, ports: Ports): Promise<void> {
  for (const { task } of sandbox.tasks.all()) {
    if (task.cloud !== "tencent-ecm") continue;
    const body = JSON.stringify({ connection: "edge", nativeId: task.nativeId });
    const headers = { "content-type": "application/json" };
    const answer = await askApi(ports, "/tasks", { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`tracking ${task.nativeId} was answered ${answer.status}: ${await answer.text()}`);
  }
}

/** Returns in the middle of a sweep, right after the clouds have received this many more requests. */
async function untilRequests(sandbox: SandboxClouds, count: number): Promise<void> {
  const { alibabaEcs, apsaraRoute, tencentEcm } = sandbox;
  const seen = () => alibabaEcs.requests.length + apsaraRoute.requests.length + tencentEcm.requests.length;
  const before = seen();
  while (seen() < before + count) await sleep(1);
}

function taskIdOf({ cloud, region, nativeId }: { cloud: (typeof clouds)[number]; region: string; nativeId: string }) {
  const connectionOf = { "alibaba-ecs": "aliyun", "apsara-route": "stack", "tencent-ecm": "edge" } as const;
  return `${connectionOf[cloud]}:${region}:${nativeId}`;
}
