import { mkdtemp, rm } from "node:fs/promises";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentialEnvironment, functionEnvironment } from "../fakes/function-environment.ts";
import { listenOnLoopback, stopServer } from "../local/loopback.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import { startChild } from "./child.ts";
import type { Child } from "./child.ts";

const name = "image-tasks-kills";

/** How long the targets of a killed sweep stay taken. */
export const leaseMs = 1000;

/** Everything that the sweep uses. Each part except the clouds is a process that may be killed. */
export interface KillWorld {
  readonly clouds: SandboxClouds;
  readonly tableName: string;
  readonly ledgerUrl: string;
  readonly busUrl: string;
  /** JSON lines file of the accepted events, as the bus keeps them. */
  readonly eventsPath: string;
  readonly ledger: Restartable;
  readonly bus: Restartable;
  startFunction(bundle: "sweep" | "track"): Child;
  stop(): Promise<void>;
}

interface Restartable {
  current(): Child;
  /** Sends SIGKILL and immediately starts a new process on the same port and files. */
  killAndRestart(): Promise<void>;
}

/** @param bundles folder of the built functions */
export async function startKillWorld(bundles: string): Promise<KillWorld> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-kills-"));
  const plenty = { alibabaEcsPerMinute: 1e9, apsaraRoutePerMinute: 1e9, tencentEcmPerSecond: 1e9 };
  const clouds = await startSandboxClouds({ clock: { now: () => Date.now() }, rates: plenty });
  const [ledgerPort, busPort] = await freePorts();
  const eventsPath = join(folder, "events.jsonl");
  const ledger = restartable("ledger-process.ts", [String(ledgerPort), join(folder, "ledger"), name], folder);
  const bus = restartable("bus-process.ts", [String(busPort), eventsPath, name], folder);
  const connectionsFile = join(folder, "connections.json");
  await writeFile(connectionsFile, JSON.stringify({ connections: connectionsTo(clouds) }));
  const urls = { ledgerUrl: `http://127.0.0.1:${ledgerPort}`, busUrl: `http://127.0.0.1:${busPort}` };
  const env = {
    ...credentialEnvironment(clouds),
    ...functionEnvironment({ name, ...urls }),
    CONNECTIONS_FILE: connectionsFile,
    SWEEP_LEASE_SECONDS: String(leaseMs / 1000),
  };
  const running = new Set<Child>();
  await Promise.all([ledger.current().up, bus.current().up]);
  return {
    clouds,
    tableName: name,
    ...urls,
    eventsPath,
    ledger,
    bus,
    startFunction(bundle) {
      const logPath = join(folder, `${bundle}.log`);
      const child = startChild({ file: "bundle-runner.ts", args: [join(bundles, `${bundle}.mjs`)], env, logPath });
      running.add(child);
      child.process.once("exit", () => running.delete(child));
      return child;
    },
    async stop() {
      await Promise.all([...running, ledger.current(), bus.current()].map((child) => child.kill()));
      await clouds.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function restartable(file: string, args: readonly string[], folder: string): Restartable {
  const start = (): Child => startChild({ file, args, logPath: join(folder, `${file}.log`) });
  let child = start();
  return {
    current: () => child,
    async killAndRestart() {
      await child.kill();
      child = start();
    },
  };
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = await Promise.all([listenOnLoopback(servers[0], 0), listenOnLoopback(servers[1], 0)]);
  await Promise.all(servers.map(stopServer));
  return ports;
}

const rate = { perSecond: 100, burst: 1000 };

function connectionsTo({ alibabaEcs, apsaraRoute, tencentEcm }: SandboxClouds): unknown[] {
  return [
    {
      name: "aliyun",
      provider: "alibaba-ecs",
      regions: ["cn-hangzhou"],
      endpoint: alibabaEcs.url,
      rate,
      credential: { accessKeyId: "env:ALIYUN_KEY_ID", accessKeySecret: "env:ALIYUN_KEY_SECRET" },
    },
    {
      name: "stack",
      provider: "apsara-route",
      regions: ["cn-qingdao-env17-d01"],
      endpoint: apsaraRoute.url,
      userEmail: apsaraRoute.userEmail,
      rate,
      credential: { appKey: "env:STACK_APP_KEY", appSecret: "env:STACK_APP_SECRET" },
    },
    {
      name: "edge",
      provider: "tencent-ecm",
      endpoint: tencentEcm.url,
      rate,
      credential: { secretId: "env:EDGE_SECRET_ID", secretKey: "env:EDGE_SECRET_KEY" },
    },
  ];
}
