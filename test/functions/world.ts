import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { credentialEnvironment, functionEnvironment } from "../fakes/function-environment.ts";
import { startEventEndpoint } from "../local/event-endpoint.ts";
import type { EventRule } from "../local/event-rules.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../local/ledger-server.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import { createTestClock } from "../sandbox/test-clock.ts";

const name = "image-tasks-test";

/** All servers that the functions need, on loopback, and the environment that points to them. */
export interface World {
  readonly clouds: SandboxClouds;
  /** Advances the clouds' tasks. Signatures and rate limits use the real time. */
  readonly clock: { advance(ms: number): void; now(): number };
  readonly env: Readonly<Record<string, string>>;
  readonly busUrl: string;
  /** The published events, newest first. */
  events(): Promise<readonly { "detail-type": string; detail: { data: { task: { id: string; status: string } } } }[]>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /**
   * How far the clouds' clock starts before the real time. After its first sweep, a target lists only tasks created
   * within the last quarter of an hour.
   */
  readonly cloudsBehindMs?: number;
  /** Of the bus at `busUrl`. */
  readonly rules?: readonly EventRule[];
}

/**
 * Alibaba ECS in two regions, an Apsara Stack, and Tencent ECM, all without tasks.
 */
export async function startWorld({ cloudsBehindMs = 10 * 60_000, rules = [] }: WorldOptions = {}): Promise<World> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "image-tasks-"));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const clock = createTestClock(Date.now() - cloudsBehindMs);
    const clouds = await startSandboxClouds({ clock, wireClock: { now: () => Date.now() } });
    stops.push(() => clouds.stop());
    const ledger = await startLedgerServer({ port: 0 });
    stops.push(() => ledger.stop());
    await createTable(ledger.url);
    const bus = await startEventEndpoint({ port: 0, rules, buses: [name] });
    stops.push(() => bus.stop());
    const connectionsFile = join(folder, "connections.json");
    await writeFile(connectionsFile, JSON.stringify({ connections: connectionsTo(clouds) }));
    const env = {
      ...credentialEnvironment(clouds),
      ...functionEnvironment({ name, ledgerUrl: ledger.url, busUrl: bus.url }),
      CONNECTIONS_FILE: connectionsFile,
    };
    return { clouds, clock, env, busUrl: bus.url, events: () => readEvents(bus.url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createTable(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: "local", credentials });
  try {
    await createLedgerTable(client, name, await readTableDefinition());
  } finally {
    client.destroy();
  }
}

function connectionsTo({ alibabaEcs, apsaraRoute, tencentEcm }: SandboxClouds) {
  return [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions: ["cn-hangzhou", "cn-beijing"],
      endpoint: alibabaEcs.url,
      rate: { perSecond: 100, burst: 100 },
      credential: { accessKeyId: "env:ALIYUN_KEY_ID", accessKeySecret: "env:ALIYUN_KEY_SECRET" },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: apsaraRoute.url,
      userEmail: apsaraRoute.userEmail,
      rate: { perSecond: 100, burst: 100 },
      credential: { appKey: "env:STACK_APP_KEY", appSecret: "env:STACK_APP_SECRET" },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: tencentEcm.url,
      credential: { secretId: "env:EDGE_SECRET_ID", secretKey: "env:EDGE_SECRET_KEY" },
    },
  ];
}

async function readEvents(busUrl: string): ReturnType<World["events"]> {
  const answer = (await (await fetch(`${busUrl}/events`)).json()) as { events: Awaited<ReturnType<World["events"]>> };
  return answer.events;
}
