import * as z from "zod/mini";

/** The connections file: which accounts on which clouds are watched. Its own checks only; nothing is resolved here. */

const SecretReference = z
  .string()
  .check(
    z.regex(
      /^(env:[A-Za-z_][A-Za-z0-9_]*|ssm:\/[\w./-]+|secretsmanager:[\w./+=@:-]+(#[\w.-]+)?)$/,
      "must be a reference, one of env:NAME, ssm:/path, secretsmanager:name or secretsmanager:name#key",
    ),
  );

const Name = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must be 1 to 32 of a-z, 0-9 and -, not starting with -"));

const Region = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be 1 to 63 of a-z, 0-9 and -"));
const Regions = z.array(Region).check(z.minLength(1, "must name at least one region"));

const Shared = {
  name: Name,
  /** Replaces the provider's own endpoint; its host must be on the allow-list. */
  endpoint: z.optional(z.string()),
  /** PEM of the certificate authority that signed the endpoint's certificate, where it is a private one. */
  ca: z.optional(z.string().check(z.regex(/-----BEGIN CERTIFICATE-----/, "must be a PEM certificate"))),
  /** Calls a second for each API, shared by everything that one function instance does on the connection. */
  rate: z.optional(
    z.strictObject({
      perSecond: z.number().check(z.gt(0, "must be more than 0"), z.lte(100, "must be at most 100")),
      burst: z.optional(z.int().check(z.gte(1, "must be at least 1"), z.lte(1000, "must be at most 1000"))),
    }),
  ),
};

const AlibabaEcs = z.strictObject({
  ...Shared,
  provider: z.literal("alibaba-ecs"),
  regions: Regions,
  credential: z.strictObject({
    accessKeyId: SecretReference,
    accessKeySecret: SecretReference,
    securityToken: z.optional(SecretReference),
  }),
});

const ApsaraRoute = z.strictObject({
  ...Shared,
  provider: z.literal("apsara-route"),
  regions: Regions,
  endpoint: z.string(),
  /** The gateway's user on whose behalf is asked. */
  userEmail: z.string().check(z.regex(/^[^\s@]+@[^\s@]+$/, "must be an e-mail address")),
  stage: z.optional(z.enum(["RELEASE", "PRE", "TEST"])),
  version: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2016-01-01"))),
  credential: z.strictObject({ appKey: SecretReference, appSecret: SecretReference }),
});

const TencentEcm = z.strictObject({
  ...Shared,
  provider: z.literal("tencent-ecm"),
  /** What the provider's zone-less times are read as. */
  timeZone: z.optional(z.string().check(z.regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, "must be an offset such as +08:00"))),
  credential: z.strictObject({
    secretId: SecretReference,
    secretKey: SecretReference,
    token: z.optional(SecretReference),
  }),
});

const Connection = z.discriminatedUnion("provider", [AlibabaEcs, ApsaraRoute, TencentEcm]);
const ConnectionsFile = z.strictObject({
  connections: z.array(z.unknown()).check(z.minLength(1, "must hold at least one connection")),
});

export type AlibabaEcsConnection = z.infer<typeof AlibabaEcs>;
export type ApsaraRouteConnection = z.infer<typeof ApsaraRoute>;
export type TencentEcmConnection = z.infer<typeof TencentEcm>;
export type Connection = z.infer<typeof Connection>;
export const providerNames = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;

/** Hosts that an `endpoint` may name without being listed in `ALLOWED_ENDPOINT_HOSTS`. `*` stands for one label or more. */
const builtInHosts = ["*.aliyuncs.com", "*.tencentcloudapi.com", "*.apigateway.res.openbill.com"];

export interface EndpointRule {
  readonly allowedHosts: readonly string[];
  /** Local mode: `http://` and loopback hosts are allowed. */
  readonly allowLoopback: boolean;
}

/** Every problem of a configuration at once. Never holds a value of it. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n${problems.map((one) => `  - ${one}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * @param text the connections file's content
 * @throws ConfigurationError naming every problem by its place in the file
 */
export function parseConnections(text: string, rule: EndpointRule): Connection[] {
  const file = ConnectionsFile.safeParse(parseJson(text));
  if (!file.success) throw new ConfigurationError(file.error.issues.map((issue) => issueToProblem(issue, [])));
  const problems: string[] = [];
  const connections: Connection[] = [];
  file.data.connections.forEach((value, index) => {
    const place = ["connections", index];
    const parsed = Connection.safeParse(value);
    if (!parsed.success) {
      problems.push(...parsed.error.issues.map((issue) => issueToProblem(issue, place)));
      return;
    }
    const { endpoint } = parsed.data;
    const wrong = endpoint === undefined ? undefined : endpointProblem(endpoint, rule);
    if (wrong) problems.push(`connections[${index}].endpoint ${wrong}`);
    connections.push(parsed.data);
  });
  problems.push(...duplicateNames(connections));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return connections;
}

/** Every secret reference of a connection, by the field it stands in. */
export function secretReferences(connection: Connection): [field: string, reference: string][] {
  return Object.entries(connection.credential).flatMap(([field, reference]) =>
    typeof reference === "string" ? [[`${connection.name}.credential.${field}`, reference]] : [],
  );
}

export function connectionRegions(connection: Connection): readonly string[] {
  return connection.provider === "tencent-ecm" ? ["global"] : connection.regions;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it perhaps a secret.
    throw new ConfigurationError(["the connections file is not JSON"]);
  }
}

function issueToProblem(issue: z.core.$ZodIssue, place: readonly PropertyKey[]): string {
  const path = [...place, ...issue.path];
  const where = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return `${where.replace(/^\./, "") || "the file"} ${describeIssue(issue)}`;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return `has unknown fields: ${issue.keys.join(", ")}`;
    case "invalid_type":
      return issue.input === undefined ? `is missing, a ${issue.expected} is needed` : `must be a ${issue.expected}`;
    case "invalid_union":
      return `must be one of ${providerNames.join(", ")}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    default:
      return issue.message;
  }
}

function duplicateNames(connections: readonly Connection[]): string[] {
  const names = connections.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `the connection name "${name}" is used more than once`);
}

function endpointProblem(endpoint: string, { allowedHosts, allowLoopback }: EndpointRule): string | undefined {
  if (!URL.canParse(endpoint)) return "is no URL";
  const url = new URL(endpoint);
  if (url.username || url.password || url.search || url.hash || url.pathname !== "/") {
    return "must be a scheme, a host and a port, with nothing else";
  }
  if (allowLoopback && isLoopback(url.hostname)) return undefined;
  if (url.protocol !== "https:") return "must begin with https://";
  const patterns = [...builtInHosts, ...allowedHosts];
  if (patterns.some((pattern) => hostMatches(url.hostname, pattern))) return undefined;
  return `names a host outside the allow-list (${patterns.join(", ")}); add it to ALLOWED_ENDPOINT_HOSTS`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function hostMatches(hostname: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
}
