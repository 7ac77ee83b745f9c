/** The project as somebody has it who has just cloned it: its files, an empty home, and free ports for `npm start`. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { listenOnLoopback, stopServer } from "../local/loopback.ts";

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
/** Names of the project folder that a clone does not have. */
const notCloned = new Set([".build", ".git", ".local", ".serverless", ".stryker-tmp", "coverage", "node_modules"]);

/** The ports that the README names, by the variable that changes each. */
const readmePorts = {
  PORT: "3000",
  EVENTS_PORT: "4010",
  LEDGER_PORT: "4000",
  ALIBABA_ECS_PORT: "4021",
  APSARA_ROUTE_PORT: "4022",
  TENCENT_ECM_PORT: "4023",
  SANDBOX_CONTROL_PORT: "4024",
} as const;

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

export interface Running {
  /** Everything printed so far. */
  output(): string;
  /** The signal that Ctrl-C sends to every process of the terminal. */
  interrupt(): Promise<Finished>;
  /** Kills all processes at once. */
  kill(): Promise<void>;
}

export interface FreshCopy {
  readonly folder: string;
  /** The command with the ports of this copy in place of those in the README. */
  localized(command: string): string;
  /** Rejects if the command takes longer than `timeoutMs`. */
  run(command: string, options: { timeoutMs: number; env?: Readonly<Record<string, string>> }): Promise<Finished>;
  /** Resolves once the command prints `ready`. Rejects with its output if it ends before. */
  start(command: string, env?: Readonly<Record<string, string>>): Promise<Running>;
  remove(): Promise<void>;
}

/** Its `node_modules` are those of the project, since an installation needs the registry. */
export async function createFreshCopy(): Promise<FreshCopy> {
  const root = await mkdtemp(join(tmpdir(), "image-tasks-readme-"));
  const [folder, home] = [join(root, "image-tasks"), join(root, "home")];
  const isCloned = (path: string) => !notCloned.has(relative(projectFolder, path));
  await cp(projectFolder, folder, { recursive: true, filter: isCloned });
  await symlink(join(projectFolder, "node_modules"), join(folder, "node_modules"));
  await mkdir(home);
  // The commands as they are show the body only, and a progress bar where the output is no terminal.
  await writeFile(join(home, ".curlrc"), ["silent", "show-error"].join("\n"));
  const ports = await freePorts();
  const { PATH = "" } = process.env;
  const environment = { PATH, HOME: home, ...ports };
  const running = new Set<ChildProcess>();

  function spawnShell(command: string, env: Readonly<Record<string, string>> = {}) {
    const options = { cwd: folder, env: { ...environment, ...env }, detached: true } as const;
    const child = spawn("sh", ["-c", command], { ...options, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("close", () => running.delete(child));
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    return { child, output: () => output };
  }

  return {
    folder,
    localized: (command) =>
      command.replaceAll(/localhost:(\d+)/g, (_text, port: string) => `localhost:${portFor(ports, port)}`),
    async run(command, { timeoutMs, env }) {
      const { child, output } = spawnShell(command, env);
      const ended = once(child, "close");
      const inTime = await Promise.race([ended.then(() => true), sleep(timeoutMs, false)]);
      if (!inTime) await killGroup(child);
      if (!inTime) throw new Error(`after ${timeoutMs} ms it still runs: ${command}\n${output()}`);
      return { code: child.exitCode, output: output() };
    },
    async start(command, env) {
      const { child, output } = spawnShell(command, env);
      while (!output().includes("\nready\n")) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it is not ready:\n${output()}`);
        await sleep(50);
      }
      return {
        output,
        async interrupt() {
          const ended = once(child, "close");
          signalGroup(child, "SIGINT");
          await ended;
          return { code: child.exitCode, output: output() };
        },
        kill: () => killGroup(child),
      };
    },
    async remove() {
      await Promise.all([...running].map(killGroup));
      await rm(root, { recursive: true, force: true });
    },
  };
}

type Ports = Readonly<Record<string, string>>;

function portFor(ports: Ports, port: string): string {
  const [variable] = Object.entries(readmePorts).find(([, standard]) => standard === port) ?? [];
  if (variable === undefined) throw new Error(`the README has a command with the unknown port ${port}`);
  return ports[variable] ?? "";
}

async function freePorts(): Promise<Ports> {
  // Hold all ports before releasing any, so that none is returned twice.
  const names = Object.keys(readmePorts);
  const servers = names.map(() => createServer());
  const ports = await Promise.all(servers.map((server) => listenOnLoopback(server, 0)));
  await Promise.all(servers.map(stopServer));
  return Object.fromEntries(names.map((name, index) => [name, String(ports[index])]));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nothing of the group was left.
  }
}

async function killGroup(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
  signalGroup(child, "SIGKILL");
  await ended;
}
