import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as z from "zod/mini";
import { functionEnvironment } from "../fakes/function-environment.ts";
import { startEventEndpoint } from "../local/event-endpoint.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../local/ledger-server.ts";
import { writeSandboxConnections } from "../local/sandbox-connections.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import { keepBusy, tasksOfRound } from "../sandbox/demo.ts";

/** Clouds that never fail, a ledger, and a bus on loopback, and the environment that points to them. */
export interface FuzzWorld {
  readonly env: Readonly<Record<string, string>>;
  /** Values that no response may contain. */
  readonly secrets: readonly string[];
  stop(): Promise<void>;
}

const name = "image-tasks-fuzz";
const endless = 1_000_000_000;
const rates = { alibabaEcsPerMinute: endless, apsaraRoutePerMinute: endless, tencentEcmPerSecond: endless };

export async function startFuzzWorld(): Promise<FuzzWorld> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const one of stops.toReversed()) await one();
  };
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-fuzz-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const clouds = await startSandboxClouds({ clock: { now: () => Date.now() }, rates });
  stops.push(() => clouds.stop());
  // Start with tasks of every kind and age, then add a few every second.
  for (let round = 0; round < 16; round += 1) {
    const createdAtMs = Date.now() - round * 47_000;
    for (const task of tasksOfRound(round)) clouds.tasks.addTask({ ...task, createdAtMs });
  }
  const demo = keepBusy(clouds, { intervalMs: 2000, maxTasks: 60, keepMs: 120_000 });
  stops.push(() => demo.stop());
  // The clouds keep all requests, which nobody reads here.
  const { alibabaEcs, apsaraRoute, tencentEcm } = clouds;
  const forget = setInterval(() => {
    for (const { requests } of [alibabaEcs, apsaraRoute, tencentEcm]) requests.length = 0;
  }, 1000);
  stops.push(() => clearInterval(forget));
  const ledger = await startLedgerServer({ port: 0 });
  stops.push(() => ledger.stop());
  await createTable(ledger.url);
  const bus = await startEventEndpoint({ port: 0, rules: [], buses: [name] });
  stops.push(() => bus.stop());
  const connectionsFile = join(folder, "connections.json");
  const credentials = await writeSandboxConnections(connectionsFile, clouds);
  await unhurry(connectionsFile);
  const token = randomBytes(24).toString("base64url");
  const env = {
    ...credentials,
    ...functionEnvironment({ name, ledgerUrl: ledger.url, busUrl: bus.url }),
    CONNECTIONS_FILE: connectionsFile,
    API_TOKEN: token,
  };
  return { env, secrets: [...Object.values(credentials), token], stop };
}

/** Removes the rate limits of the connections, which this run does not test. */
async function unhurry(connectionsFile: string): Promise<void> {
  const { connections } = z
    .object({ connections: z.array(z.looseObject({})) })
    .parse(JSON.parse(await readFile(connectionsFile, "utf8")));
  const hasty = connections.map((connection) => ({ ...connection, rate: { perSecond: 100, burst: 1000 } }));
  await writeFile(connectionsFile, JSON.stringify({ connections: hasty }));
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
