import { readFileSync } from "node:fs";
import type { Agent as HttpsAgent } from "node:https";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Provider } from "../domain/provider.ts";
import { createDynamoDbLedger } from "../ledger/dynamodb-ledger.ts";
import { createDynamoDbRateStore } from "../ledger/dynamodb-rate-store.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { FaultReporter } from "../providers/call-guard.ts";
import { nameInIds } from "../providers/connection.ts";
import type { Connection } from "../providers/connection.ts";
import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { createProviders, descriptorOf, providerDescriptors } from "../providers/index.ts";
import type { CallerOptions, ConnectionCaller } from "../transport/call.ts";
import { createCaller } from "../transport/caller.ts";
import { createHttpsAgent } from "../transport/https-agent.ts";
import { createTransport } from "../transport/node-transport.ts";
import type { ProxyRule } from "../transport/proxy-rule.ts";
import type { TokenBucketRate } from "../transport/token-bucket.ts";
import { createSecretsManagerReader, createSsmReader, credentialFromEnvironment } from "./aws-secrets.ts";
import type { AwsSecretsOptions } from "./aws-secrets.ts";
import { boundLedger } from "./bounded-ledger.ts";
import { readConfig } from "./environment.ts";
import type { Access, Config, Environment, ExtraVariable } from "./environment.ts";
import { createLog } from "./log.ts";
import type { Log } from "./log.ts";
import { limitsOfShare } from "./rate-share.ts";
import type { RateShare } from "./rate-share.ts";
import { createSecrets } from "./secrets.ts";
import type { SecretReaders } from "./secrets.ts";
import { systemRandom, systemClock } from "./system-clock.ts";

const secretMaxAgeMs = 5 * 60_000;
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
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const table = { client: documents, tableName: config.tableName };
  const patient = createDynamoDbLedger({ ...table, clock: systemClock, retentionDays: config.retentionDays });
  const ledger = share === "http" ? boundLedger(patient, httpLedgerTimeoutMs) : patient;
  const secrets = createSecrets({
    readers: secretReaders(env, awsSecrets(env, config)),
    clock: systemClock,
    maxAgeMs: secretMaxAgeMs,
  });
  const store = createDynamoDbRateStore(table);
  const rateFor = (connection: Connection) => rateOfConnection(connection, descriptorOf(connection, descriptors));
  const callerFor = (connection: Connection) =>
    createConnectionCaller(connection, config.proxyFor, {
      ...limitsOfShare(share, { connection: connection.name, rate: rateFor(connection), store }),
      deadlineMs: callDeadlineMs,
    });
  const log = createLog(config.logLevel, systemClock.now);
  const reportFault: FaultReporter = ({ message, frames }, { connection, region }) =>
    log("error", "an adapter failed", { connection, region, detail: message, frames });
  const deps = { callerFor, secrets, clock: systemClock, reportFault };
  const providers = createProviders(config.connections, deps, descriptors);
  const rateOf = (name: string) => rateFor(namedConnection(name, config.connections));
  const { access } = config;
  return { config, log, access, ledger, providers, aws: { ...aws, httpsAgent }, rateOf, now: systemClock.now };
}

/** In local mode the ledger and the bus are on loopback, and the environment's credential is for secrets alone. */
function awsAccess({ access, awsRegion, proxyFor }: Config): AwsAccess {
  const httpsAgent = createHttpsAgent({ proxyFor, connectTimeoutMs: 3000 });
  if (access.callers !== "local") return { region: awsRegion, httpsAgent };
  return { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" }, httpsAgent };
}

function awsSecrets(env: Environment, { awsRegion, proxyFor }: Config): AwsSecretsOptions {
  const transport = createTransport({
    connectTimeoutMs: 3000,
    answerTimeoutMs: 5000,
    maxBodyBytes: 256 * 1024,
    proxyFor,
  });
  const limits = { rate: { perSecond: 20, burst: 20 }, deadlineMs: 5000, maxTries: 3 };
  // The names are those of the AWS SDKs: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
  const endpoints = { ssm: "AWS_ENDPOINT_URL_SSM", secretsmanager: "AWS_ENDPOINT_URL_SECRETS_MANAGER" };
  return {
    region: awsRegion,
    credential: async () => credentialFromEnvironment(env),
    endpoint: (service) => env[endpoints[service]] || undefined,
    call: createCaller({ transport, clock: systemClock, random: systemRandom, ...limits }),
  };
}

function secretReaders(env: Environment, aws: AwsSecretsOptions): SecretReaders {
  return {
    env: async (name) => env[name],
    ssm: createSsmReader(aws),
    secretsmanager: createSecretsManagerReader(aws),
  };
}

function namedConnection(name: string, connections: readonly Connection[]): Connection {
  const connection = connections.find((one) => nameInIds(one) === name);
  if (connection === undefined) throw new RangeError(`there is no connection ${name}`);
  return connection;
}

function rateOfConnection({ rate }: Connection, { callsPerSecond }: ProviderDescriptor): TokenBucketRate {
  const perSecond = rate?.perSecond ?? callsPerSecond;
  return { perSecond, burst: rate?.burst ?? Math.max(1, Math.ceil(perSecond)) };
}

/**
 * The largest answer of a cloud. A page of the largest size has 100 rows of some 500 bytes, and a task keeps at most 48 KB
 * of its detail, so this is twenty times what is of use. An answer of this size costs up to 40 times as much memory while
 * it is read, and one at a time is read.
 */
const maxAnswerBytes = 1024 * 1024;

function createConnectionCaller(
  { ca }: Connection,
  proxyFor: ProxyRule,
  limits: Pick<CallerOptions, "rate" | "budget" | "deadlineMs">,
): ConnectionCaller {
  return createCaller({
    transport: createTransport({
      connectTimeoutMs: 5000,
      answerTimeoutMs: 15_000,
      maxBodyBytes: maxAnswerBytes,
      proxyFor,
      ...(ca === undefined ? {} : { ca }),
    }),
    clock: systemClock,
    random: systemRandom,
    ...limits,
    maxTries: 4,
  });
}
