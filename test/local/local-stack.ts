import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
/** All parts of local mode, started in order and stopped in reverse. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { readTemplateRoutes } from "../gateway/template-routes.ts";
import { startSandboxClouds } from "../sandbox/clouds.ts";
import { keepBusy } from "../sandbox/demo.ts";
import { createInvoker, startApiFront } from "./api-front.ts";
import { createIdentitySource, resolveShellIdentity } from "./aws-identity.ts";
import { startEventEndpoint } from "./event-endpoint.ts";
import type { EventEndpointOptions } from "./event-endpoint.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "./ledger-server.ts";
import type { LocalPorts } from "./local-ports.ts";
import { busName, functionVariables, readSettings, tableName } from "./local-settings.ts";
import type { Environment, Settings } from "./local-settings.ts";
import { writeSandboxConnections } from "./sandbox-connections.ts";
import { startServerlessOffline } from "./serverless-offline.ts";
import { createSubscriber } from "./subscriber.ts";
import { startSweeper } from "./sweeper.ts";

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
/** Of the functions' names, which the framework makes of service and stage. */
const functionPrefix = "image-tasks-local-";

export interface LocalStackOptions {
  /**
   * `*_PORT`, `LOCAL_DIR`, `CONNECTIONS_FILE`, `SWEEP_SECONDS`, `API_TOKEN`, `HTTPS_PROXY`, and what the references of
   * the connections need.
   */
  readonly environment: Environment;
  readonly print: (line: string) => void;
  /** Called when a part ends without being stopped. */
  readonly onBroken: (reason: string) => void;
}

export interface LocalStack {
  readonly ports: LocalPorts;
  /** The sandbox clouds if `undefined`. */
  readonly connectionsFile: string | undefined;
  readonly folder: string;
  /** Unix socket of Lambda's invoke API. */
  readonly lambdaSocket: string;
}

/** The running parts. Each is added as soon as it must be stopped, so that a failed start leaves nothing running. */
export interface RunningParts {
  /** Stops all parts, the newest first. A second call waits for the first. */
  stop(): Promise<void>;
  add(stop: () => Promise<void> | void): void;
}

export function createRunningParts(): RunningParts {
  const stops: (() => Promise<void> | void)[] = [];
  let stopped: Promise<void> | undefined;
  async function stopAll(): Promise<void> {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  }
  return {
    stop: () => (stopped ??= stopAll()),
    add(stop) {
      if (stopped === undefined) stops.push(stop);
      else stopped = stopped.then(stop);
    },
  };
}

/** Rejects with a message for people; the parts started so far are in `parts`. */
export async function startLocalStack(options: LocalStackOptions, parts: RunningParts): Promise<LocalStack> {
  const { environment, print } = options;
  if (!existsSync(join(projectFolder, ".build/sweep.mjs"))) {
    throw new Error('The bundles in .build are missing. Run "npm run build" first.');
  }
  const settings = await readSettings(environment, projectFolder);
  const { ports, connectionsFile, folder, awsReferences } = settings;
  await createFolder(folder);

  await step(print, "the ledger", () => startLedger(settings, parts));
  await step(print, "the event endpoint", () => startEvents(settings, print, parts));
  const connections =
    connectionsFile === undefined
      ? await step(print, "the sandbox clouds", () => startClouds(settings, parts))
      : { file: connectionsFile, credentials: await findAwsIdentity(options, awsReferences) };
  const lambdaSocket = await step(print, "the functions", () =>
    startFunctions(options, settings, { ...connections, parts }),
  );
  const front = await startApiFront({
    port: ports.api,
    routes: await readTemplateRoutes(),
    invoke: createInvoker(lambdaSocket, functionPrefix),
    environment: functionVariables(environment, settings),
  });
  parts.add(() => front.stop());
  const sweeper = startSweeper({
    lambdaSocket,
    functionName: `${functionPrefix}sweep`,
    pauseMs: settings.sweepPauseMs,
    onProblem: (problem) =>
      print(problem === undefined ? "the sweep works again" : `WARNING: the sweep fails: ${problem}`),
  });
  parts.add(() => sweeper.stop());
  return { ...settings, lambdaSocket };
}

async function createFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const reason = ["EEXIST", "ENOTDIR"].includes(code) ? "a file is in the way" : code;
    throw new Error(
      `The folder ${folder} for state and logs cannot be created (${reason}). Set LOCAL_DIR to another folder.`,
      { cause: error },
    );
  }
}

/** The shell's own, and only if a reference needs it. */
async function findAwsIdentity(
  { environment, print }: LocalStackOptions,
  references: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (references.length === 0) return {};
  const identity = await resolveShellIdentity(createIdentitySource(environment), references);
  print(`  ${identity.notice}`);
  return identity.environment;
}

async function step<Result>(
  print: (line: string) => void,
  what: string,
  start: () => Promise<Result>,
): Promise<Result> {
  print(`starting ${what} ...`);
  const beganMs = performance.now();
  const result = await start();
  print(`  ${what}: ready after ${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
  return result;
}

async function startLedger({ ports, folder, identity }: Settings, parts: RunningParts): Promise<void> {
  const { secret, region, credentials } = identity;
  const server = await startLedgerServer({ port: ports.ledger, path: join(folder, "ledger"), secret });
  parts.add(() => server.stop());
  // No other local mode uses the folder, since the ledger has locked it.
  await identity.publish();
  parts.add(() => identity.withdraw());
  const client = new DynamoDBClient({ endpoint: server.url, region, credentials });
  try {
    await createLedgerTable(client, tableName, await readTableDefinition());
  } finally {
    client.destroy();
  }
}

async function startEvents(settings: Settings, print: (line: string) => void, parts: RunningParts) {
  const { ports, folder } = settings;
  const subscriber = { name: "subscriber", pattern: { source: ["image-tasks"] }, target: createSubscriber({ print }) };
  const endpoint = await startEventEndpoint({
    port: ports.events,
    rules: [subscriber],
    buses: [busName],
    path: join(folder, "events.jsonl"),
    secrets: eventSecrets(settings),
    onDelivery({ rule, attempt, error }) {
      if (error !== undefined) print(`WARNING: ${rule} failed on attempt ${attempt}: ${String(error).slice(0, 300)}`);
    },
  });
  parts.add(() => endpoint.stop());
}

/** Events tell what the HTTP API tells, so reading them needs its token. */
function eventSecrets({ apiToken, identity }: Settings): NonNullable<EventEndpointOptions["secrets"]> {
  const write = identity.secret;
  if (apiToken === undefined) return { read: undefined, write };
  return { read: { anyOf: [apiToken, ...write.anyOf], whereabouts: "the API_TOKEN of this start" }, write };
}

async function startClouds({ ports, folder }: Settings, parts: RunningParts) {
  const clock = { now: () => Date.now() };
  const path = join(folder, "sandbox-tasks.jsonl");
  const clouds = await startSandboxClouds({ clock, ports, path, keepRequests: 1000 });
  parts.add(() => clouds.stop());
  const demo = keepBusy(clouds, { intervalMs: 15_000 });
  parts.add(() => demo.stop());
  const file = join(folder, "connections.json");
  return { file, credentials: await writeSandboxConnections(file, clouds) };
}

interface FunctionDependencies {
  readonly file: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly parts: RunningParts;
}

/** The Unix socket of Lambda's invoke API. */
async function startFunctions(
  options: LocalStackOptions,
  settings: Settings,
  deps: FunctionDependencies,
): Promise<string> {
  const { environment, print, onBroken } = options;
  const { folder } = settings;
  // Only its owner may enter this folder. Its path is short, because some systems limit a socket's to 103 bytes.
  const socketFolder = await mkdtemp(join(tmpdir(), "image-tasks-"));
  deps.parts.add(() => rm(socketFolder, { recursive: true, force: true }));
  const sockets = { http: join(socketFolder, "http.sock"), lambda: join(socketFolder, "lambda.sock") };
  const offline = startServerlessOffline({
    sockets,
    logPath: join(folder, "serverless-offline.log"),
    startTimeoutMs: 60_000,
    onError: (line) => print(`WARNING: serverless-offline: ${line}`),
    onExit: (reason) => onBroken(`serverless-offline ended: ${reason}`),
    environment: {
      ...functionVariables(environment, settings),
      ...deps.credentials,
      CONNECTIONS_FILE: deps.file,
    },
  });
  deps.parts.add(() => offline.stop());
  await offline.ready;
  return sockets.lambda;
}
