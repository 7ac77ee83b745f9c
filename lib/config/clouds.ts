import type { Clock } from "../domain/clock.ts";
import type { Provider } from "../domain/provider.ts";
import type { FaultReporter } from "../providers/call-guard.ts";
import type { Connection } from "../providers/connection.ts";
import type { SecretResolver } from "../providers/credential.ts";
import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { createProviders, descriptorOf } from "../providers/index.ts";
import type { CallerOptions, ConnectionCaller } from "../transport/call.ts";
import { createCaller } from "../transport/caller.ts";
import { createTransport } from "../transport/node-transport.ts";
import type { ProxyRule } from "../transport/proxy-rule.ts";
import type { TokenBucketRate } from "../transport/token-bucket.ts";
import { createSecretsManagerReader, createSsmReader, credentialFromEnvironment } from "./aws-secrets.ts";
import type { AwsSecretsOptions } from "./aws-secrets.ts";
import type { CloudsConfig, Environment } from "./environment.ts";
import { createSecrets } from "./secrets.ts";
import type { SecretReaders } from "./secrets.ts";
import { systemRandom } from "./system-clock.ts";

const secretMaxAgeMs = 5 * 60_000;

type CallLimits = Pick<CallerOptions, "rate" | "budget">;

export interface CloudsOptions {
  /** The clouds that connections may be to. */
  readonly descriptors: readonly ProviderDescriptor[];
  readonly clock: Clock;
  /** The part of a connection's rate that this process may use. */
  readonly limitsOf: (connection: Connection, rate: TokenBucketRate) => CallLimits;
  /** Limit for all tries of one call, waits included. */
  readonly deadlineMs: number;
  readonly reportFault?: FaultReporter;
  /** Reads `ssm:` and `secretsmanager:` references. By default, the environment's. */
  readonly awsCredential?: AwsSecretsOptions["credential"];
}

/** One provider for each target of the connections. Each resolves its secrets and goes through the configured proxy. */
export function createClouds(env: Environment, config: CloudsConfig, options: CloudsOptions): Provider[] {
  const { descriptors, clock, limitsOf, deadlineMs, reportFault } = options;
  const secrets = createSecretResolver(env, config, options);
  const callerFor = (connection: Connection) =>
    createConnectionCaller(connection, config.proxyFor, {
      ...limitsOf(connection, rateOfConnection(connection, descriptors)),
      clock,
      deadlineMs,
    });
  return createProviders(config.connections, { callerFor, secrets, clock, reportFault }, descriptors);
}

/** Reads the secrets that the connections refer to. */
export function createSecretResolver(
  env: Environment,
  config: CloudsConfig,
  { clock, awsCredential }: Pick<CloudsOptions, "clock" | "awsCredential">,
): SecretResolver {
  const credential = awsCredential ?? (async () => credentialFromEnvironment(env));
  const readers = secretReaders(env, { ...awsSecrets(env, config, clock), credential });
  return createSecrets({ readers, clock, maxAgeMs: secretMaxAgeMs });
}

/** The rate of each API of a connection, for all processes together. */
export function rateOfConnection(connection: Connection, descriptors: readonly ProviderDescriptor[]): TokenBucketRate {
  const { rate } = connection;
  const perSecond = rate?.perSecond ?? descriptorOf(connection, descriptors).callsPerSecond;
  return { perSecond, burst: rate?.burst ?? Math.max(1, Math.ceil(perSecond)) };
}

function awsSecrets(
  env: Environment,
  { awsRegion, proxyFor }: CloudsConfig,
  clock: Clock,
): Omit<AwsSecretsOptions, "credential"> {
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
    endpoint: (service) => env[endpoints[service]] || undefined,
    call: createCaller({ transport, clock, random: systemRandom, ...limits }),
  };
}

function secretReaders(env: Environment, aws: AwsSecretsOptions): SecretReaders {
  return {
    env: async (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    ssm: createSsmReader(aws),
    secretsmanager: createSecretsManagerReader(aws),
  };
}

/**
 * The largest answer of a cloud. A page of the largest size has 100 rows of some 500 bytes, and a task keeps at most
 * 48 KB of its detail, so this is twenty times what is of use. An answer of this size costs up to 40 times as much
 * memory while it is read, and one at a time is read.
 */
const maxAnswerBytes = 1024 * 1024;

function createConnectionCaller(
  { ca }: Connection,
  proxyFor: ProxyRule,
  limits: CallLimits & Pick<CallerOptions, "clock" | "deadlineMs">,
): ConnectionCaller {
  return createCaller({
    transport: createTransport({
      connectTimeoutMs: 5000,
      answerTimeoutMs: 15_000,
      maxBodyBytes: maxAnswerBytes,
      proxyFor,
      ...(ca === undefined ? {} : { ca }),
    }),
    random: systemRandom,
    ...limits,
    maxTries: 4,
  });
}
