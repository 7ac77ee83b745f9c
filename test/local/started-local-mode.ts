import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { listenOnLoopback, stopServer } from "./loopback.ts";

/** Starts `npm start` as a process, on ports and in a folder of its own. */

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
export const startScript = fileURLToPath(new URL("start.ts", import.meta.url));

export const portVariables = [
  "PORT",
  "EVENTS_PORT",
  "LEDGER_PORT",
  "ALIBABA_ECS_PORT",
  "APSARA_ROUTE_PORT",
  "TENCENT_ECM_PORT",
  "SANDBOX_CONTROL_PORT",
] as const;
export type Ports = Readonly<Record<(typeof portVariables)[number], number>>;

/** Local mode runs the built functions. */
export async function buildFunctions(): Promise<void> {
  await promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: projectFolder });
}

export async function freePorts(): Promise<Ports> {
  // Hold all ports before releasing any, so that none is returned twice.
  const servers = portVariables.map(() => createServer());
  const ports = await Promise.all(servers.map((server) => listenOnLoopback(server, 0)));
  await Promise.all(servers.map(stopServer));
  const entries = portVariables.map((name, index) => [name, ports[index]] as const);
  return Object.fromEntries(entries) as Ports;
}

/** Takes what must be done at the end. */
export type CleanUp = (stop: () => Promise<void>) => void;

export async function temporaryFolder(cleanUp: CleanUp = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "image-tasks-"));
  cleanUp(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Running {
  readonly child: ChildProcess;
  /** Unix socket of Lambda's invoke API. */
  readonly lambdaSocket: string;
  output(): string;
}

interface StartOptions {
  /** By default node itself. */
  readonly command?: readonly string[];
  readonly cleanUp?: CleanUp;
}

/** Resolves at "ready". */
export async function startLocalMode(
  environment: Record<string, string>,
  { command = [process.execPath, startScript], cleanUp = onTestFinished }: StartOptions = {},
): Promise<Running> {
  const { PATH = "", HOME = "" } = process.env;
  const options = { env: { PATH, HOME, SWEEP_SECONDS: "1", ...environment }, detached: true } as const;
  const [file = "", ...args] = command;
  const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  cleanUp(() => killGroup(child));
  while (!output.includes("\nready\n")) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended before it was ready:\n${output}`);
    await sleep(50);
  }
  const [lambdaSocket = ""] = /\S+\/lambda\.sock/.exec(output) ?? [];
  cleanUp(() => rm(dirname(lambdaSocket), { recursive: true, force: true }));
  return { child, lambdaSocket, output: () => output };
}

/** Kills the process and its children, including orphans. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of the group was left.
  }
  await exited;
}

export function toEnvironment(ports: Ports): Record<string, string> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
}
