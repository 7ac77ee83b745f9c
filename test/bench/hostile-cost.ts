import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod/mini";
import { functionEnvironment } from "../fakes/function-environment.ts";
import { eventOf } from "../fakes/gateway-event.ts";
import type { LedgerTables } from "../fakes/ledger-table.ts";
import { startEventEndpoint } from "../local/event-endpoint.ts";
import { startHostileClouds } from "./hostile-clouds.ts";
import type { CloudName, HostileAnswer } from "./hostile-clouds.ts";

/** What one invocation of a bundle costs while its clouds are hostile. */
export interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The largest heap before a collection, live objects and garbage together. */
  readonly peakHeapMb: number;
  readonly peakRssMb: number;
}

export interface Measured {
  readonly cost: Cost;
  readonly answer: unknown;
}

export type Kinds = Readonly<Record<CloudName, HostileAnswer>>;

export const mostHeapMb = 256;
const functionMs = { list: 29_000, sweep: 60_000 };
export type FunctionName = keyof typeof functionMs;

/** @throws if the function exceeds `mostHeapMb`, which ends its process */
export async function measure(
  bundles: string,
  name: FunctionName,
  kinds: Kinds,
  tables: LedgerTables,
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-"));
  const clouds = await startHostileClouds(kinds);
  const table = await tables.create();
  const bus = await startEventEndpoint({ port: 0, rules: [], buses: [table.tableName] });
  try {
    const connectionsFile = join(folder, "connections.json");
    await writeFile(connectionsFile, JSON.stringify({ connections: connectionsTo(clouds.urls) }));
    const urls = { name: table.tableName, ledgerUrl: await urlOf(table.client), busUrl: bus.url };
    const env = { ...functionEnvironment(urls), KEY: "key", CONNECTIONS_FILE: connectionsFile };
    const event = name === "list" ? eventOf({ rawQueryString: "limit=100" }) : {};
    const path = join(bundles, `${name}.mjs`);
    const resultPath = join(folder, "result.json");
    const heaps = await run([path, JSON.stringify(event), String(functionMs[name]), resultPath], env);
    const result = Result.parse(JSON.parse(await readFile(resultPath, "utf8")));
    const { heapMb, ...cost } = result.cost;
    return { answer: result.answer, cost: { ...cost, peakHeapMb: Math.round(Math.max(heapMb, ...heaps)) } };
  } finally {
    await bus.stop();
    await clouds.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function urlOf(client: Awaited<ReturnType<LedgerTables["create"]>>["client"]): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  if (endpoint === undefined) throw new Error("the ledger has no endpoint");
  return `http://${endpoint.hostname}:${endpoint.port}`;
}

function connectionsTo(urls: Readonly<Record<CloudName, string>>) {
  const regions = ["cn-hangzhou"];
  // As many calls as a connection may make, so that the clouds do most harm.
  const rate = { perSecond: 100, burst: 100 };
  return [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions,
      endpoint: urls.aliyun,
      rate,
      credential: { accessKeyId: "env:KEY", accessKeySecret: "env:KEY" },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions,
      endpoint: urls.stack,
      userEmail: "ops@example.com",
      rate,
      credential: { appKey: "env:KEY", appSecret: "env:KEY" },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: urls.edge,
      rate,
      credential: { secretId: "env:KEY", secretKey: "env:KEY" },
    },
  ];
}

const Result = z.object({
  cost: z.object({ cpuMs: z.number(), wallMs: z.number(), heapMb: z.number(), peakRssMb: z.number() }),
  answer: z.unknown(),
});

/** The heap in use before each collection, in MB. */
async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number[]> {
  const file = fileURLToPath(new URL("measured-function.ts", import.meta.url));
  const flags = [`--max-old-space-size=${mostHeapMb}`, "--trace-gc"];
  const { PATH = "" } = process.env;
  const options = { env: { PATH, ...env }, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file, ...args], options);
  // "Scavenge 12.3 (14.5) -> 10.1 (15.0) MB": in use before and after, with the size of the heap in parentheses.
  const collections = stdout.matchAll(/: [A-Z][\w-]+(?: \([\w ]+\))? ([\d.]+) \([\d.]+\) -> /g);
  return Array.from(collections, ([, usedMb]) => Number(usedMb));
}
