import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRuntime } from "../../../lib/config/runtime.ts";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import { createEventBridgeBus } from "../../../lib/sweep/event-bus.ts";
import { startConnectProxy } from "../../fakes/connect-proxy.ts";
import type { ConnectProxy } from "../../fakes/connect-proxy.ts";
import { explain } from "../../fakes/explain.ts";
import { listenHttp } from "../../fakes/loopback-server.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const { signal } = new AbortController();
const cloudCredential = { secretId: "env:EDGE_ID", secretKey: "env:EDGE_KEY" };
const refused = "the proxy refused the connection (403)";

let proxy: ConnectProxy;
let folder: string;
beforeEach(async () => {
  // It refuses everything, so nothing here leaves the machine.
  proxy = await startConnectProxy({ status: 403 });
  folder = await mkdtemp(join(tmpdir(), "runtime-proxy-"));
  // The clients of the ledger and of the bus read their credential from the process's environment.
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKID");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "SECRET");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
  await rm(folder, { recursive: true });
});

async function runtimeWith(credential: object, env: Record<string, string> = {}) {
  const CONNECTIONS_FILE = join(folder, "connections.json");
  await writeFile(
    CONNECTIONS_FILE,
    JSON.stringify({ connections: [{ name: "edge", provider: "tencent-ecm", credential }] }),
  );
  return createRuntime({
    CONNECTIONS_FILE,
    TABLE_NAME: "tasks",
    EDGE_ID: "id",
    EDGE_KEY: "key",
    AWS_ACCESS_KEY_ID: "AKID",
    AWS_SECRET_ACCESS_KEY: "SECRET",
    AWS_REGION: "eu-west-1",
    HTTPS_PROXY: proxy.url.href,
    ...env,
  });
}

async function readTask(runtime: Awaited<ReturnType<typeof runtimeWith>>): Promise<unknown> {
  const [provider] = runtime.providers;
  return provider?.get("21", signal).then(
    () => "answered",
    (error: unknown) => (error instanceof Error ? error.message : error),
  );
}

/** Leaves the ledger out, which keeps the rates. */
function targets({ asked } = proxy): string[] {
  return asked.map(({ target }) => target).filter((target) => !target.startsWith("dynamodb."));
}

test("the cloud is called through the proxy", async () => {
  expect(await readTask(await runtimeWith(cloudCredential))).toContain(refused);
  expect(targets()).toEqual(["ecm.tencentcloudapi.com:443"]);
});

test("the lower-case name of the variable wins", async () => {
  const other = await startConnectProxy({ status: 407 });
  try {
    const runtime = await runtimeWith(cloudCredential, { https_proxy: other.url.href });
    expect(await readTask(runtime)).toContain("(407)");
    expect([proxy.asked, targets(other)]).toEqual([[], ["ecm.tencentcloudapi.com:443"]]);
  } finally {
    await other.close();
  }
});

test.each([
  ["ssm:/image-tasks/key", "ssm.eu-west-1.amazonaws.com:443"],
  ["secretsmanager:image-tasks/key", "secretsmanager.eu-west-1.amazonaws.com:443"],
])("the secret %s is read through the proxy", async (secretKey, target) => {
  const message = await readTask(await runtimeWith({ ...cloudCredential, secretKey }));
  expect(message).toContain(`the secret ${secretKey} could not be read (${refused})`);
  expect(targets()).toEqual([target]);
});

test("a host that NO_PROXY names is reached without the proxy", async () => {
  const server = await listenHttp((_request, response) => response.end('{"Parameter":{"Value":"v"}}'));
  try {
    const env = { NO_PROXY: "first.example, .tencentcloudapi.com", AWS_ENDPOINT_URL_SSM: server.url.href };
    const { config } = await runtimeWith({ ...cloudCredential, secretKey: "ssm:/key" }, env);
    expect(config.proxyFor("ecm.tencentcloudapi.com", 443)).toBeUndefined();
    expect(config.proxyFor("ecs.aliyuncs.com", 443)?.href).toBe(proxy.url.href);
    expect(
      await readTask(await runtimeWith({ ...cloudCredential, secretKey: "ssm:/key" }, { ...env, NO_PROXY: "" })),
    ).toContain(refused);
    expect(targets()).toEqual(["ecm.tencentcloudapi.com:443"]);
  } finally {
    await server.close();
  }
});

test("the deployed ledger and bus are reached through the proxy", async () => {
  const { ledger, aws } = await runtimeWith(cloudCredential);
  await expect(ledger.readTargetList(signal)).rejects.toThrow();
  const bus = createEventBridgeBus({ ...aws, busName: "tasks", explain });
  const task = sampleTask({ status: "succeeded" });
  const transition = { kind: "completed", task, previousStatus: "running", sequence: 2, generation: 1 } as const;
  const [delivery] = await bus.publish([transitionToEvent({ ...transition, occurrence: "", atMs: 0 })], signal);
  expect(delivery).toMatchObject({ accepted: false });
  expect([...new Set(proxy.asked.map(({ target }) => target))]).toEqual([
    "dynamodb.eu-west-1.amazonaws.com:443",
    "events.eu-west-1.amazonaws.com:443",
  ]);
});

test("the local ledger and bus are given an identity of their own", async () => {
  const { aws } = await runtimeWith(cloudCredential, { LOCAL_MODE: "true" });
  expect(aws).toMatchObject({ region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } });
  const secret = await runtimeWith(cloudCredential, { LOCAL_MODE: "true", LOCAL_ACCESS_KEY_ID: "of-this-start" });
  expect(secret.aws.credentials?.accessKeyId).toBe("of-this-start");
  const { aws: deployed } = await runtimeWith(cloudCredential, { LOCAL_ACCESS_KEY_ID: "of-this-start" });
  expect(deployed).toMatchObject({ region: "eu-west-1" });
  expect(deployed).not.toHaveProperty("credentials");
});
