import { readFileSync } from "node:fs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Provider } from "../domain/provider.ts";
import { createDynamoDbLedger } from "../ledger/dynamodb-ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { createProviders } from "../providers/index.ts";
import type { Caller } from "../transport/call.ts";
import { createCaller } from "../transport/caller.ts";
import { createTransport } from "../transport/node-transport.ts";
import type { TokenBucketRate } from "../transport/token-bucket.ts";
import { createSecretsManagerReader, createSsmReader } from "./aws-secrets.ts";
import type { AwsSecretsOptions } from "./aws-secrets.ts";
import type { Connection } from "./connections.ts";
import { readConfig } from "./environment.ts";
import type { Access, Config, Environment, ExtraVariable } from "./environment.ts";
import { createLog } from "./log.ts";
import type { Log } from "./log.ts";
import { createSecrets } from "./secrets.ts";
import type { SecretReaders } from "./secrets.ts";
import { systemRandom, systemClock } from "./system-clock.ts";

const secretMaxAgeMs = 5 * 60_000;

/** Default calls per second for each API. Low, because an account's limits are shared with its other tools. */
const defaultRate = { "alibaba-ecs": 5, "apsara-route": 5, "tencent-ecm": 10 } as const;

/** The dependencies of one function, wired once at cold start. */
export interface Runtime {
  readonly log: Log;
  readonly access: Access;
  readonly config: Config;
  readonly ledger: Ledger;
  readonly providers: readonly Provider[];
  /** The rate budget of each API of a connection, by the connection's name. */
  readonly rateOf: (connection: string) => TokenBucketRate;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface RuntimeOptions {
  /** Variables that this function needs and others do not. */
  readonly alsoNeeded?: readonly ExtraVariable[];
  /**
   * Limit for all tries of one provider call, waits included. The default leaves an HTTP answer time for a second call,
   * and reports throttling at once where the next try would have to wait for the provider's next minute.
   */
  readonly callDeadlineMs?: number;
}

/** @throws ConfigurationError with every problem in one message */
export function createRuntime(env: Environment, options: RuntimeOptions = {}): Runtime {
  const { alsoNeeded = [], callDeadlineMs = 10_000 } = options;
  const config = readConfig(env, (path) => readFileSync(path, "utf8"), alsoNeeded);
  const client = new DynamoDBClient({
    region: config.awsRegion,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
  const ledger = createDynamoDbLedger({
    client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    tableName: config.tableName,
    clock: systemClock,
    retentionDays: config.retentionDays,
  });
  const aws = { region: config.awsRegion, credential: () => client.config.credentials(), timeoutMs: 5000 };
  const secrets = createSecrets({
    readers: secretReaders(env, aws),
    clock: systemClock,
    maxAgeMs: secretMaxAgeMs,
  });
  const callerFor = (connection: Connection) => createConnectionCaller(connection, callDeadlineMs);
  const providers = createProviders(config.connections, { callerFor, secrets, clock: systemClock });
  const log = createLog(config.logLevel, systemClock.now);
  const rateOf = (name: string) => namedRate(name, config.connections);
  return { config, log, access: config.access, ledger, providers, rateOf, now: systemClock.now };
}

function secretReaders(env: Environment, aws: AwsSecretsOptions): SecretReaders {
  return {
    async env(name) {
      const value = env[name];
      if (!value) throw new Error(`${name} is not set`);
      return value;
    },
    ssm: createSsmReader(aws),
    secretsmanager: createSecretsManagerReader(aws),
  };
}

function namedRate(name: string, connections: readonly Connection[]): TokenBucketRate {
  const connection = connections.find((one) => one.name === name);
  if (connection === undefined) throw new RangeError(`there is no connection ${name}`);
  return rateOfConnection(connection);
}

function rateOfConnection({ provider, rate }: Connection): TokenBucketRate {
  const perSecond = rate?.perSecond ?? defaultRate[provider];
  return { perSecond, burst: rate?.burst ?? Math.max(1, Math.ceil(perSecond)) };
}

function createConnectionCaller(connection: Connection, deadlineMs: number): Caller {
  const { ca } = connection;
  return createCaller({
    transport: createTransport({
      connectTimeoutMs: 5000,
      answerTimeoutMs: 15_000,
      maxBodyBytes: 4 * 1024 * 1024,
      ...(ca === undefined ? {} : { ca }),
    }),
    clock: systemClock,
    random: systemRandom,
    rate: rateOfConnection(connection),
    deadlineMs,
    maxTries: 4,
  });
}
