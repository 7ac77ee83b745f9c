import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConnections } from "../../lib/config/connections.ts";
import { providerDescriptors } from "../../lib/providers/index.ts";
import { writeSandboxConnections } from "./sandbox-connections.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-connections-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("writeSandboxConnections() writes a connection to every cloud there is, and keeps the secrets out of it", async () => {
  const path = join(folder, "connections.json");
  const environment = await writeSandboxConnections(path, {
    alibabaEcs: { url: "http://127.0.0.1:1", credential: { accessKeyId: "ecs-id", accessKeySecret: "ecs-secret" } },
    apsaraRoute: {
      url: "http://127.0.0.1:2",
      credential: { appKey: "route-key", appSecret: "route-secret", userEmail: "ops@example.com" },
      userEmail: "ops@example.com",
    },
    tencentEcm: { url: "http://127.0.0.1:3", credential: { secretId: "ecm-id", secretKey: "ecm-key" } },
  });
  const text = await readFile(path, "utf8");
  const hasVariable = (name: string) => name in environment;
  const connections = parseConnections(text, { allowedHosts: [], allowLoopback: true, hasVariable });
  expect(connections.map(({ provider }) => provider)).toEqual(providerDescriptors.map(({ name }) => name));
  expect(environment).toEqual({
    SANDBOX_ALIYUN_ACCESS_KEY_ID: "ecs-id",
    SANDBOX_ALIYUN_ACCESS_KEY_SECRET: "ecs-secret",
    SANDBOX_STACK_APP_KEY: "route-key",
    SANDBOX_STACK_APP_SECRET: "route-secret",
    SANDBOX_EDGE_SECRET_ID: "ecm-id",
    SANDBOX_EDGE_SECRET_KEY: "ecm-key",
  });
  for (const secret of Object.values(environment)) expect(text).not.toContain(secret);
});
