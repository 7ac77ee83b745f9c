/** Runs serverless-offline as a child process: waits until it is ready, captures its output, and always stops it. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { callSocket } from "./unix-socket.ts";

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
const preload = new URL("die-with-parent.ts", import.meta.url).href;
const cli = fileURLToPath(new URL("../../node_modules/serverless/bin/serverless.js", import.meta.url));

export interface ServerlessOfflineOptions {
  /**
   * Paths of the Unix sockets for its two servers, which have no port. They would answer every web page and check no
   * secret. `http` is for its own HTTP server, which nothing calls once it is ready.
   */
  readonly sockets: { readonly http: string; readonly lambda: string };
  /** The complete environment of the functions. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Receives all its output. */
  readonly logPath: string;
  /** Called with each line that it reports as an error. */
  readonly onError: (line: string) => void;
  /** Called when it ends without being stopped. */
  readonly onExit: (reason: string) => void;
  readonly startTimeoutMs: number;
}

export interface ServerlessOffline {
  /** Resolves when it answers. Rejects with the last lines of output if the process ends first. */
  readonly ready: Promise<void>;
  /** Stops it, by force after three seconds. */
  stop(): Promise<void>;
}

export function startServerlessOffline(options: ServerlessOfflineOptions): ServerlessOffline {
  const child = spawnCli(options);
  const lastLines = followOutput(child, options);
  let state: "starting" | "ready" | "stopping" = "starting";
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
      if (state === "ready") options.onExit(ended);
      resolve();
    });
  });

  async function waitUntilReady(): Promise<void> {
    const deadlineMs = performance.now() + options.startTimeoutMs;
    while (!(await answers(options.sockets.http))) {
      // After an internal error it may keep running without ever serving anything.
      const failed = lastLines.includes("Error:") ? "it reported an error" : undefined;
      const problem = ended ?? failed ?? (performance.now() > deadlineMs ? "no answer in time" : undefined);
      if (problem !== undefined)
        throw new Error(`serverless-offline did not start (${problem}):\n${lastLines.join("\n")}`);
      await sleep(100);
    }
    if (state === "starting") state = "ready";
  }

  return {
    ready: waitUntilReady(),
    async stop() {
      state = "stopping";
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 3000);
      await exited;
      clearTimeout(force);
    },
  };
}

function spawnCli({ sockets, environment }: ServerlessOfflineOptions): ChildProcess {
  // It takes a path in place of a port.
  const address = ["--host", "127.0.0.1", "--httpPort", sockets.http, "--lambdaPort", sockets.lambda];
  // It cannot check IAM signatures and refuses to start with routes that require them.
  // It would reject a cookie that it cannot parse, but the real gateway passes cookies on.
  const manner = [
    "--noAuth",
    "--disableCookieValidation",
    "--noPrependStageInUrl",
    "--localEnvironment",
    "--noSponsor",
    // Otherwise every concurrent call starts a thread that loads its bundle again, and while it loads, the time of the
    // call already runs.
    "--useInProcess",
  ];
  return spawn(
    process.execPath,
    ["--import", preload, cli, "offline", "start", "--stage", "local", ...address, ...manner],
    {
      cwd: projectFolder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...environment,
        LOCAL_PARENT_PID: String(process.pid),
        SLS_TELEMETRY_DISABLED: "1",
        SLS_NOTIFICATIONS_MODE: "off",
      },
    },
  );
}

/** The last lines of output, kept up to date. */
function followOutput(child: ChildProcess, { logPath, onError }: ServerlessOfflineOptions): readonly string[] {
  const log = createWriteStream(logPath);
  const lastLines: string[] = [];
  const isError = createErrorFilter();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`);
      if (line.trim() !== "") lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (isError(line)) onError(line);
    });
  }
  return lastLines;
}

/** It marks errors with a cross. Errors of the sweep are skipped, since its invoker reports them. */
function createErrorFilter(): (line: string) => boolean {
  let inSweepError = false;
  return (line) => {
    if (!/^[×✖]/.test(line)) return false;
    if (/(handler|invoke of) '/.test(line)) inSweepError = /sweep'/.test(line);
    return !inSweepError;
  };
}

async function answers(socketPath: string): Promise<boolean> {
  try {
    await callSocket(socketPath, { method: "GET", path: "/openapi.json", signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    return false;
  }
}
