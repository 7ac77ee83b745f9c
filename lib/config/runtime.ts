import { readFileSync } from "node:fs";
import type { Agent as HttpsAgent } from "node:https";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Explain } from "../domain/explanation.ts";
import type { Provider } from "../domain/provider.ts";
import { createDocumentClient } from "../ledger/document-client.ts";
import { createDynamoDbLedger } from "../ledger/dynamodb-ledger.ts";
import { createDynamoDbRateStore } from "../ledger/dynamodb-rate-store.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { FaultReporter } from "../providers/call-guard.ts";
import { nameInIds } from "../providers/connection.ts";
import type { Connection } from "../providers/connection.ts";
import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { explainWith } from "../providers/explain.ts";
import { providerDescriptors } from "../providers/index.ts";
import { createHttpsAgent } from "../transport/https-agent.ts";
import type { TokenBucketRate } from "../transport/token-bucket.ts";
import { boundLedger } from "./bounded-ledger.ts";
import { createClouds, rateOfConnection } from "./clouds.ts";
import { readConfig } from "./environment.ts";
import type { Access, Config, Environment, ExtraVariable } from "./environment.ts";
import { createLog } from "./log.ts";
import type { Log } from "./log.ts";
import { limitsOfShare } from "./rate-share.ts";
import type { RateShare } from "./rate-share.ts";
import { systemClock } from "./system-clock.ts";

/** A caller of the HTTP API learns soon that the ledger is unavailable. The sweep has nobody waiting for it. */
const httpLedgerTimeoutMs = 2500;
const httpLedgerAttempts = 2;

/** The dependencies of one function, wired once at cold start. */
export interface Runtime {
  readonly log: Log;
  readonly access: Access;
  readonly config: Config;
  readonly ledger: Ledger;
  readonly providers: readonly Provider[];
  readonly explain: Explain;
  readonly aws: AwsAccess;
  /** The rate budget of each API of a connection, by the connection's name in ids. */
  readonly rateOf: (connection: string) => TokenBucketRate;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How the clients of the ledger and of the bus reach AWS. */
interface AwsAccess {
  readonly region: string;
  readonly httpsAgent: HttpsAgent;
  /** The environment's by default. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface RuntimeOptions {
  /** Variables that this function needs and others do not. */
  readonly alsoNeeded?: readonly ExtraVariable[];
  /**
   * Limit for all tries of one provider call, waits included. The default leaves an HTTP answer time for a second call,
   * and reports throttling at once where the next try would have to wait for the provider's next minute.
   */
  readonly callDeadlineMs?: number;
  /** Whose part of each connection's rate its calls use. */
  readonly share?: RateShare;
  /** The clouds that connections may be to. */
  readonly descriptors?: readonly ProviderDescriptor[];
}

/** @throws ConfigurationError with every problem in one message */
export function createRuntime(env: Environment, options: RuntimeOptions = {}): Runtime {
  const { alsoNeeded, callDeadlineMs = 10_000, share = "http", descriptors = providerDescriptors } = options;
  const config = readConfig(env, (path) => readFileSync(path, "utf8"), { alsoNeeded, descriptors });
  const { httpsAgent, ...aws } = awsAccess(config);
  const client = new DynamoDBClient({
    ...aws,
    maxAttempts: share === "http" ? httpLedgerAttempts : 5,
    requestHandler: { httpsAgent, connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
  const table = { client: createDocumentClient(client), tableName: config.tableName };
  const patient = createDynamoDbLedger({ ...table, clock: systemClock, retentionDays: config.retentionDays });
  const ledger = share === "http" ? boundLedger(patient, httpLedgerTimeoutMs) : patient;
  const store = createDynamoDbRateStore(table);
  const log = createLog(config.logLevel, systemClock.now);
  const reportFault: FaultReporter = ({ message, frames }, { connection, region }) =>
    log("error", "an adapter failed", { connection, region, detail: message, frames });
  const providers = createClouds(env, config, {
    descriptors,
    clock: systemClock,
    limitsOf: ({ name }, rate) => limitsOfShare(share, { connection: name, rate, store, clock: systemClock }),
    deadlineMs: callDeadlineMs,
    reportFault,
  });
  const rateOf = (name: string) => rateOfConnection(namedConnection(name, config.connections), descriptors);
  const { access } = config;
  const explain = explainWith(descriptors);
  return { config, log, access, ledger, providers, explain, aws: { ...aws, httpsAgent }, rateOf, now: systemClock.now };
}

/** In local mode the ledger and the bus are on loopback, and the environment's credential is for secrets alone. */
function awsAccess({ access, awsRegion, localAccessKeyId: accessKeyId, proxyFor }: Config): AwsAccess {
  const httpsAgent = createHttpsAgent({ proxyFor, connectTimeoutMs: 3000 });
  if (access.callers !== "local") return { region: awsRegion, httpsAgent };
  return { region: "us-east-1", credentials: { accessKeyId, secretAccessKey: "local" }, httpsAgent };
}

function namedConnection(name: string, connections: readonly Connection[]): Connection {
  const connection = connections.find((one) => nameInIds(one) === name);
  if (connection === undefined) throw new RangeError(`there is no connection ${name}`);
  return connection;
}
