import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentialEnvironment, functionEnvironment } from "../fakes/function-environment.ts";
import { listenOnLoopback, stopServer } from "../local/loopback.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import type { SandboxClouds } from "../sandbox/clouds.ts";
import { startChild } from "./child.ts";
import type { Child } from "./child.ts";
import { connectionsTo } from "./kill-connections.ts";
import type { Configuration } from "./kill-connections.ts";

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
  /** Folder with the ledger's data. */
  readonly ledgerPath: string;
  readonly ledger: Restartable;
  readonly bus: Restartable;
  /** For functions that start later. */
  configure(configuration: Configuration): Promise<void>;
  startFunction(bundle: "sweep" | "track"): Child;
  stop(): Promise<void>;
}

interface Restartable {
  current(): Child;
  /** Sends SIGKILL and starts a new process on the same port and files, after `between` if given. */
  killAndRestart(between?: () => Promise<void>): Promise<void>;
}

/** @param bundles folder of the built functions */
export async function startKillWorld(bundles: string): Promise<KillWorld> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-kills-"));
  const plenty = { alibabaEcsPerMinute: 1e9, apsaraRoutePerMinute: 1e9, tencentEcmPerSecond: 1e9 };
  const clouds = await startSandboxClouds({ clock: { now: () => Date.now() }, rates: plenty });
  const [ledgerPort, busPort] = await freePorts();
  const eventsPath = join(folder, "events.jsonl");
  const ledgerPath = join(folder, "ledger");
  const ledger = restartable("ledger-process.ts", [String(ledgerPort), ledgerPath, name], folder);
  const bus = restartable("bus-process.ts", [String(busPort), eventsPath, name], folder);
  const connectionsFile = join(folder, "connections.json");
  // In one step, since a function may be reading it.
  const configure = async (configuration: Configuration): Promise<void> => {
    await writeFile(`${connectionsFile}.new`, JSON.stringify({ connections: connectionsTo(clouds, configuration) }));
    await rename(`${connectionsFile}.new`, connectionsFile);
  };
  await configure({ away: null, renamed: {} });
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
    ledgerPath,
    configure,
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
    async killAndRestart(between) {
      await child.kill();
      await between?.();
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
