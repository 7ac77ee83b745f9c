import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Environment } from "../../../lib/config/environment.ts";
import { createRuntime } from "../../../lib/config/runtime.ts";
import type { Runtime } from "../../../lib/config/runtime.ts";
import { credentialEnvironment, functionEnvironment } from "../../fakes/function-environment.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../../local/ledger-server.ts";
import { startSandboxClouds } from "../../sandbox/clouds.ts";
import type { SandboxClouds } from "../../sandbox/clouds.ts";

const rate = { perSecond: 20, burst: 4 };
const workMs = 3000;

let clouds: SandboxClouds;
let ledger: Awaited<ReturnType<typeof startLedgerServer>>;
let folder: string;
/** Counts what the cloud is asked; times in milliseconds of the process's own clock. */
const askedAtMs: number[] = [];
const environmentBefore = { ...process.env };
let env: Environment;

beforeAll(async () => {
  const plenty = { alibabaEcsPerMinute: 1e9, apsaraRoutePerMinute: 1e9, tencentEcmPerSecond: 1e9 };
  clouds = await startSandboxClouds({ clock: { now: () => Date.now() }, rates: plenty });
  const { requests } = clouds.alibabaEcs;
  const push = requests.push.bind(requests);
  requests.push = (...items) => {
    askedAtMs.push(performance.now());
    return push(...items);
  };
  ledger = await startLedgerServer({ port: 0 });
  folder = await mkdtemp(join(tmpdir(), "runtime-rate-"));
  const credential = { accessKeyId: "env:ALIYUN_KEY_ID", accessKeySecret: "env:ALIYUN_KEY_SECRET" };
  const { url } = clouds.alibabaEcs;
  const connection = {
    name: "aliyun",
    provider: "alibaba-ecs",
    regions: ["cn-hangzhou"],
    endpoint: url,
    rate,
    credential,
  };
  await writeFile(join(folder, "connections.json"), JSON.stringify({ connections: [connection] }));
  env = {
    ...credentialEnvironment(clouds),
    ...functionEnvironment({ name: "rates", ledgerUrl: ledger.url, busUrl: ledger.url }),
    CONNECTIONS_FILE: join(folder, "connections.json"),
  };
  // The AWS client reads its endpoint and its credential from the process's environment.
  Object.assign(process.env, env);
  const client = new DynamoDBClient({ endpoint: ledger.url, region: "us-east-1" });
  await createLedgerTable(client, "rates", await readTableDefinition());
  client.destroy();
});

afterAll(async () => {
  process.env = environmentBefore;
  await clouds.stop();
  // The last test has stopped it, unless it did not run.
  await ledger.stop().catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

/** Lists as fast as the runtime lets it, four lists at a time. */
async function callAllTheTime({ providers }: Runtime, stopAtMs: number): Promise<void> {
  const [provider] = providers;
  if (provider === undefined) throw new Error("there is no provider");
  const { signal } = new AbortController();
  const listAgain = async (): Promise<void> => {
    while (performance.now() < stopAtMs) {
      for await (const _page of provider.list({}, signal));
      await sleep(1);
    }
  };
  await Promise.all(Array.from({ length: 4 }, listAgain));
}

function mostInOneSecond(timesMs: readonly number[]): number {
  return Math.max(...timesMs.map((from) => timesMs.filter((time) => time >= from && time < from + 1000).length));
}

describe("createRuntime()", () => {
  // A machine that stops for a second looks like a ledger that is down, and then every process has its own rate.
  test(
    "keeps the connection's rate over two sweeps and two HTTP functions at once",
    { retry: 2, timeout: 30_000 },
    async () => {
      const shares = ["sweep", "sweep", "http", "http"] as const;
      const runtimes = shares.map((share) => createRuntime(env, { share }));
      // The first calls wait for connections to be made.
      await Promise.all(runtimes.map((runtime) => callAllTheTime(runtime, performance.now() + 1)));
      askedAtMs.length = 0;
      const stopAtMs = performance.now() + workMs;
      await Promise.all(runtimes.map((runtime) => callAllTheTime(runtime, stopAtMs)));
      // Calls that a busy machine delays arrive close together. Without the shared budget there are more than 40.
      expect(mostInOneSecond(askedAtMs)).toBeLessThanOrEqual(rate.perSecond + rate.burst + 8);
      expect(askedAtMs.length).toBeGreaterThan((rate.perSecond * workMs) / 1000 / 2);
    },
  );

  test("makes live calls within its share while the ledger is down", async () => {
    await ledger.stop();
    askedAtMs.length = 0;
    const runtime = createRuntime(env);
    await callAllTheTime(runtime, performance.now() + workMs);
    expect(askedAtMs.length).toBeGreaterThan(3);
    expect(mostInOneSecond(askedAtMs)).toBeLessThanOrEqual(rate.perSecond * 0.3 + 2 + 1);
  }, 20_000);
});
