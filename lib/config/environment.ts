import type { Connection } from "../providers/connection.ts";
import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { ConfigurationError, parseConnections } from "./connections.ts";
import { logLevels } from "./log.ts";
import type { LogLevel } from "./log.ts";

/** How callers prove who they are: to the gateway by IAM or by a token, or not at all. */
const callerKinds = ["iam", "jwt", "anyone"] as const;

export interface Access {
  /** `local`: anyone but the pages that a browser on this machine shows; they could reach loopback, too. */
  readonly callers: (typeof callerKinds)[number] | "local";
  /** Every call must bear it; in local mode only. */
  readonly token: string | null;
}

/** What the environment says. The only reader of it, once, at cold start. */
export interface Config {
  readonly connections: readonly Connection[];
  readonly tableName: string;
  readonly logLevel: LogLevel;
  readonly access: Access;
  readonly awsRegion: string;
  /** How long an ended task is kept in the ledger. */
  readonly retentionDays: number;
  readonly stallAfterMs: number;
  readonly announceDiscovered: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type ReadFile = (path: string) => string;

const minuteMs = 60_000;

export interface ConfigOptions {
  /** Variables that one function needs beside those that all need. */
  readonly alsoNeeded?: readonly string[] | undefined;
  /** The clouds that connections may be to. */
  readonly descriptors?: readonly ProviderDescriptor[] | undefined;
}

/**
 * @throws ConfigurationError with every problem of the environment and of the connections file in one message
 */
export function readConfig(env: Environment, readFile: ReadFile, options: ConfigOptions = {}): Config {
  const { alsoNeeded = [], descriptors } = options;
  const problems: string[] = [];
  const attempt = <Value>(read: () => Value, otherwise: Value): Value => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return otherwise;
    }
  };
  const connections = attempt(() => readConnections(env, readFile, descriptors), []);
  const config: Config = {
    connections,
    tableName: attempt(() => required(env, "TABLE_NAME"), ""),
    logLevel: attempt(() => oneOf(env, "LOG_LEVEL", logLevels, "info"), "info"),
    access: attempt(() => readAccess(env), shut),
    awsRegion: env["AWS_REGION"] ?? "us-east-1",
    retentionDays: attempt(() => wholeNumber(env, "RETENTION_DAYS", { otherwise: 90, min: 1, max: 3650 }), 90),
    stallAfterMs:
      attempt(() => wholeNumber(env, "STALL_AFTER_MINUTES", { otherwise: 120, min: 1, max: 10_080 }), 120) * minuteMs,
    announceDiscovered:
      attempt(() => oneOf(env, "ANNOUNCE_DISCOVERED", ["true", "false"], "false"), "false") === "true",
  };
  for (const name of alsoNeeded) attempt(() => required(env, name), "");
  if (problems.length > 0) throw new ConfigurationError([...new Set(problems)]);
  return config;
}

/** What the HTTP calls need that touch neither the ledger nor a provider. */
export function readHttpConfig(env: Environment): Pick<Config, "logLevel" | "access"> {
  return { logLevel: oneOf(env, "LOG_LEVEL", logLevels, "info"), access: readAccess(env) };
}

const shut: Access = { callers: "iam", token: null };

function readAccess(env: Environment): Access {
  const local = oneOf(env, "LOCAL_MODE", ["true", "false"], "false") === "true";
  if (local) return { callers: "local", token: env["API_TOKEN"] || null };
  return { ...shut, callers: oneOf(env, "CALLERS", callerKinds, shut.callers) };
}

/** The bus that the sweep publishes to; asked for by the sweep alone. */
export function readEventBusName(env: Environment): string {
  return required(env, "EVENT_BUS_NAME");
}

function readConnections(
  env: Environment,
  readFile: ReadFile,
  descriptors: readonly ProviderDescriptor[] | undefined,
): Connection[] {
  const allowLoopback = oneOf(env, "LOCAL_MODE", ["true", "false"], "false") === "true";
  const path = required(env, "CONNECTIONS_FILE");
  const allowedHosts = (env["ALLOWED_ENDPOINT_HOSTS"] ?? "")
    .split(",")
    .map((host) => host.trim())
    .filter(Boolean);
  const hasVariable = (name: string) => Boolean(env[name]);
  return parseConnections(readText(path, readFile), { allowedHosts, allowLoopback, hasVariable }, descriptors);
}

function readText(path: string, readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    // Somebody may have put the file's content, secrets and all, where its path belongs.
    const named = /^[\w./\\:@ -]{1,200}$/.test(path) ? path : "something that is no path";
    throw new ConfigurationError([`CONNECTIONS_FILE names ${named}, which cannot be read (${code})`]);
  }
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new ConfigurationError([`${name} is not set`]);
  return value;
}

function oneOf<const Value extends string>(
  env: Environment,
  name: string,
  allowed: readonly Value[],
  otherwise: Value,
): Value {
  const value = env[name];
  if (value === undefined || value === "") return otherwise;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new ConfigurationError([`${name} must be one of ${allowed.join(", ")}`]);
  return found;
}

function wholeNumber(
  env: Environment,
  name: string,
  { otherwise, min, max }: { otherwise: number; min: number; max: number },
): number {
  const value = env[name];
  if (value === undefined || value === "") return otherwise;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new ConfigurationError([`${name} must be a whole number from ${min} to ${max}`]);
}
