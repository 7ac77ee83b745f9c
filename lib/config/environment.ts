import * as z from "zod/mini";
import type { Connection } from "../providers/connection.ts";
import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { createProxyRule } from "../transport/proxy-rule.ts";
import type { ProxyRule } from "../transport/proxy-rule.ts";
import { ConfigurationError, readConnectionsFile } from "./connections.ts";
import type { ReadFile } from "./connections.ts";
import { logLevels } from "./log.ts";
import type { LogLevel } from "./log.ts";

/** How callers prove what they may do: to the gateway by IAM, by a token's scope or its roles, or not at all. */
const callerKinds = ["iam", "jwt", "roles", "anyone"] as const;

/** `read` is for calls that change nothing, and `write` is for all others. Neither includes the other. */
interface Grants<Value> {
  readonly read: Value;
  readonly write: Value;
}

export interface Access {
  /** `local`: anyone except browser pages, because a page open on this machine can reach loopback. */
  readonly callers: (typeof callerKinds)[number] | "local";
  /** The token that every call must carry; always `null` outside local mode. */
  readonly token: string | null;
  /** The scope that a token needs. */
  readonly scopes: Grants<string>;
  /** With `roles`: the token's claim that lists its roles, of which it needs one. */
  readonly roles: Grants<readonly string[]> & { readonly claim: string };
}

/** What it takes to call the clouds. */
export interface CloudsConfig {
  readonly connections: readonly Connection[];
  readonly awsRegion: string;
  /** A function, since the URL of a proxy may hold a password. */
  readonly proxyFor: ProxyRule;
}

/** The settings of one function, read from its environment once, at cold start. */
export interface Config extends CloudsConfig {
  /** In local mode, calls to the ledger and the bus are signed with it, and they refuse any other. */
  readonly localAccessKeyId: string;
  readonly tableName: string;
  readonly logLevel: LogLevel;
  readonly access: Access;
  /** How long an ended task is kept in the ledger. */
  readonly retentionDays: number;
  readonly stallAfterMs: number;
  readonly announceDiscovered: boolean;
  /** How long a sweep that was killed keeps its targets from the next one. */
  readonly leaseMs: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every variable that the functions read, with its default. An empty variable counts as not set. */
const Variables = z.object({
  CONNECTIONS_FILE: required(),
  ALLOWED_ENDPOINT_HOSTS: list(),
  LOCAL_MODE: flag(),
  LOCAL_ACCESS_KEY_ID: z._default(z.string(), "local"),
  TABLE_NAME: required(),
  LOG_LEVEL: z._default(oneOf(logLevels), "info"),
  CALLERS: z._default(oneOf(callerKinds), "iam"),
  API_TOKEN: z._default(z.nullable(z.string()), null),
  READ_SCOPE: z._default(scope(), "tasks:read"),
  WRITE_SCOPE: z._default(scope(), "tasks:write"),
  ROLES_CLAIM: z._default(z.string(), "roles"),
  READ_ROLES: list(),
  WRITE_ROLES: list(),
  AWS_REGION: z._default(z.string(), "us-east-1"),
  HTTPS_PROXY: proxy(),
  https_proxy: proxy(),
  NO_PROXY: list(),
  no_proxy: list(),
  RETENTION_DAYS: z._default(wholeNumber(1, 3650), 90),
  STALL_AFTER_MINUTES: z._default(wholeNumber(1, 10_080), 120),
  ANNOUNCE_DISCOVERED: flag(),
  SWEEP_LEASE_SECONDS: z._default(wholeNumber(1, 300), 90),
  EVENT_BUS_NAME: required(),
  STAGE: z._default(z.string(), "local"),
});
type Variables = z.infer<typeof Variables>;

/** Variables that only some functions need. */
export type ExtraVariable = "EVENT_BUS_NAME";

const AccessVariables = z.pick(Variables, {
  CALLERS: true,
  API_TOKEN: true,
  READ_SCOPE: true,
  WRITE_SCOPE: true,
  ROLES_CLAIM: true,
  READ_ROLES: true,
  WRITE_ROLES: true,
});
const HttpVariables = z.extend(AccessVariables, z.pick(Variables, { LOCAL_MODE: true, LOG_LEVEL: true }).shape);
const FileVariables = z.pick(Variables, { CONNECTIONS_FILE: true, ALLOWED_ENDPOINT_HOSTS: true, LOCAL_MODE: true });
const NetworkVariables = z.pick(Variables, {
  AWS_REGION: true,
  HTTPS_PROXY: true,
  https_proxy: true,
  NO_PROXY: true,
  no_proxy: true,
});
const OtherVariables = z.omit(Variables, {
  CONNECTIONS_FILE: true,
  ALLOWED_ENDPOINT_HOSTS: true,
  LOCAL_MODE: true,
  EVENT_BUS_NAME: true,
  STAGE: true,
});

export interface ConfigOptions {
  /** Variables that this function needs and others do not. */
  readonly alsoNeeded?: readonly ExtraVariable[] | undefined;
  /** The clouds that connections may name. */
  readonly descriptors?: readonly ProviderDescriptor[] | undefined;
}

/**
 * @throws ConfigurationError with every problem of the environment and of the connections file in one message
 */
export function readConfig(env: Environment, readFile: ReadFile, options: ConfigOptions = {}): Config {
  const { alsoNeeded = [], descriptors } = options;
  const problems: string[] = [];
  const collect = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const file = collect(() => readConnections(env, readFile, descriptors));
  const other = collect(() => readVariables(env, OtherVariables));
  const access = other && collect(() => accessOf({ ...other, LOCAL_MODE: file?.localMode ?? false }));
  for (const name of alsoNeeded) collect(() => readVariables(env, z.pick(Variables, { [name]: true })));
  if (!file || !other || !access || problems.length > 0) throw new ConfigurationError(problems);
  return {
    connections: file.connections,
    tableName: other.TABLE_NAME,
    logLevel: other.LOG_LEVEL,
    access,
    awsRegion: other.AWS_REGION,
    localAccessKeyId: other.LOCAL_ACCESS_KEY_ID,
    proxyFor: proxyRuleOf(other),
    retentionDays: other.RETENTION_DAYS,
    stallAfterMs: other.STALL_AFTER_MINUTES * 60_000,
    announceDiscovered: other.ANNOUNCE_DISCOVERED,
    leaseMs: other.SWEEP_LEASE_SECONDS * 1000,
  };
}

/** @throws ConfigurationError as `readConfig` does, about the variables that have to do with the clouds */
export function readCloudsConfig(
  env: Environment,
  readFile: ReadFile,
  descriptors: readonly ProviderDescriptor[],
): CloudsConfig {
  const { AWS_REGION, ...proxies } = readVariables(env, NetworkVariables);
  const { connections } = readConnections(env, readFile, descriptors);
  return { connections, awsRegion: AWS_REGION, proxyFor: proxyRuleOf(proxies) };
}

/** The proxy of this environment. */
export function readProxyRule(env: Environment): ProxyRule {
  return proxyRuleOf(readVariables(env, NetworkVariables));
}

/** The settings of HTTP calls that use neither the ledger nor a provider. */
export function readHttpConfig(env: Environment): Pick<Config, "logLevel" | "access"> {
  const variables = readVariables(env, HttpVariables);
  return { logLevel: variables.LOG_LEVEL, access: accessOf(variables) };
}

/** The bus that the sweep publishes to. */
export function readEventBusName(env: Environment): string {
  return readVariables(env, z.pick(Variables, { EVENT_BUS_NAME: true })).EVENT_BUS_NAME;
}

/** The stage that the sweep's metrics belong to. */
export function readStage(env: Environment): string {
  return readVariables(env, z.pick(Variables, { STAGE: true })).STAGE;
}

/** Hosts that a connection's `endpoint` may name beside the built-in ones. */
export function readAllowedHosts(env: Environment): readonly string[] {
  return readVariables(env, z.pick(Variables, { ALLOWED_ENDPOINT_HOSTS: true })).ALLOWED_ENDPOINT_HOSTS;
}

/** @throws ConfigurationError with every problem of these variables, without their values */
function readVariables<Values>(env: Environment, variables: z.ZodMiniType<Values>): Values {
  const given = Object.entries(env).filter(([, value]) => value !== "");
  const parsed = variables.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`));
}

/** @throws ConfigurationError when callers need a role and nobody has named one */
function accessOf(variables: z.infer<typeof AccessVariables> & Pick<Variables, "LOCAL_MODE">): Access {
  const { LOCAL_MODE, CALLERS, API_TOKEN, READ_SCOPE, WRITE_SCOPE, ROLES_CLAIM } = variables;
  const roles = { claim: ROLES_CLAIM, read: variables.READ_ROLES, write: variables.WRITE_ROLES };
  const granted = { scopes: { read: READ_SCOPE, write: WRITE_SCOPE }, roles };
  if (LOCAL_MODE) return { callers: "local", token: API_TOKEN, ...granted };
  const missing = (["READ_ROLES", "WRITE_ROLES"] as const).filter((name) => variables[name].length === 0);
  if (CALLERS === "roles" && missing.length > 0)
    throw new ConfigurationError(missing.map((one) => `${one} is not set`));
  return { callers: CALLERS, token: null, ...granted };
}

/** The lower-case names win, as with curl. */
function proxyRuleOf(variables: Pick<Variables, "HTTPS_PROXY" | "https_proxy" | "NO_PROXY" | "no_proxy">): ProxyRule {
  const url = variables.https_proxy ?? variables.HTTPS_PROXY;
  if (url === undefined) return () => undefined;
  return createProxyRule(url, variables.no_proxy.length > 0 ? variables.no_proxy : variables.NO_PROXY);
}

function readConnections(
  env: Environment,
  readFile: ReadFile,
  descriptors: readonly ProviderDescriptor[] | undefined,
): { connections: Connection[]; localMode: boolean } {
  const variables = readVariables(env, FileVariables);
  const rule = {
    allowedHosts: variables.ALLOWED_ENDPOINT_HOSTS,
    allowLoopback: variables.LOCAL_MODE,
    hasVariable: (name: string) => Object.hasOwn(env, name) && Boolean(env[name]),
  };
  const connections = readConnectionsFile(variables.CONNECTIONS_FILE, readFile, rule, descriptors);
  return { connections, localMode: variables.LOCAL_MODE };
}

function required(): z.ZodMiniString {
  return z.string("is not set");
}

function oneOf<const Value extends string>(allowed: readonly Value[]): z.ZodMiniEnum<{ [Key in Value]: Key }> {
  return z.enum(allowed, `must be one of ${allowed.join(", ")}`);
}

function flag(): z.ZodMiniType<boolean> {
  return z.pipe(
    z._default(oneOf(["true", "false"]), "false"),
    z.transform((word) => word === "true"),
  );
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
function scope(): z.ZodMiniString {
  return z.string().check(z.regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, "must be one scope, without spaces"));
}

function wholeNumber(min: number, max: number): z.ZodMiniType<number, string> {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.pipe(
    z.pipe(z.string().check(z.regex(/^\d{1,9}$/, message)), z.transform(Number)),
    z.number().check(z.gte(min, message), z.lte(max, message)),
  );
}

function list(): z.ZodMiniType<string[]> {
  return z.pipe(z._default(z.string(), ""), z.transform(listItems));
}

function listItems(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  return items.filter((item) => item !== "");
}

function proxy(): z.ZodMiniType<URL | undefined> {
  const message = "must be the URL of an HTTP proxy, such as http://proxy.example:3128";
  const Url = z.pipe(z.string(), z.transform(parseProxyUrl));
  return z.optional(Url.check(z.refine((url) => url !== undefined, message)));
}

/** Without a scheme it is `http://`. */
function parseProxyUrl(text: string): URL | undefined {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) return undefined;
  const url = new URL(withScheme);
  return ["http:", "https:"].includes(url.protocol) && isDecodable(`${url.username}:${url.password}`) ? url : undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
