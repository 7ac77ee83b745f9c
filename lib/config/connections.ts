import * as z from "zod/mini";
import { endpointProblem } from "./endpoint-rule.ts";
import type { EndpointRule } from "./endpoint-rule.ts";

/** The connections file: the cloud accounts to watch. Validates the file; resolves no secrets. */

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
const Regions = z.array(Region).check(
  z.minLength(1, "must name at least one region"),
  // A repeated region would be swept and listed twice.
  z.refine((regions) => new Set(regions).size === regions.length, "names a region more than once"),
);

const Shared = {
  name: Name,
  /** Replaces the provider's own endpoint. Its host must be on the allow-list. */
  endpoint: z.optional(z.string()),
  /** The PEM certificate of a private certificate authority that signed the endpoint's certificate. */
  ca: z.optional(z.string().check(z.regex(/-----BEGIN CERTIFICATE-----/, "must be a PEM certificate"))),
  /** Calls per second for each API, shared by all calls of one function instance on the connection. */
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
  /** The gateway's user on whose behalf calls are made. */
  userEmail: z.string().check(z.regex(/^[^\s@]+@[^\s@]+$/, "must be an e-mail address")),
  stage: z.optional(z.enum(["RELEASE", "PRE", "TEST"])),
  version: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2016-01-01"))),
  credential: z.strictObject({ appKey: SecretReference, appSecret: SecretReference }),
});

const TencentEcm = z.strictObject({
  ...Shared,
  provider: z.literal("tencent-ecm"),
  /** The time zone of the provider's times, which name none. */
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

export interface ConnectionsRule extends EndpointRule {
  /** Whether the environment has a value for that name. Left out when checking outside of the functions' environment. */
  readonly hasVariable?: (name: string) => boolean;
}

/** All problems of a configuration. Never holds any of its values. */
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
 * @throws ConfigurationError with every problem and its place in the file
 */
export function parseConnections(text: string, rule: ConnectionsRule): Connection[] {
  const file = ConnectionsFile.safeParse(parseJson(text), { reportInput: true });
  if (!file.success) throw new ConfigurationError(file.error.issues.map((issue) => issueToProblem(issue, [])));
  const problems: string[] = [];
  const connections: Connection[] = [];
  file.data.connections.forEach((value, index) => {
    const parsed = Connection.safeParse(value, { reportInput: true });
    if (parsed.success) connections.push(parsed.data);
    else problems.push(...parsed.error.issues.map((issue) => issueToProblem(issue, ["connections", index])));
    problems.push(...problemsBesideShape(value, rule).map((one) => `connections[${index}].${one}`));
  });
  problems.push(...duplicateNames(file.data.connections));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return connections;
}

export function connectionRegions(connection: Connection): readonly string[] {
  return connection.provider === "tencent-ecm" ? ["global"] : connection.regions;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may contain a secret.
    throw new ConfigurationError(["the connections file is not JSON"]);
  }
}

/** The fields that are checked even when other fields of the connection are invalid. */
const Sketch = z.object({
  name: z.catch(z.optional(Name), undefined),
  endpoint: z.catch(z.optional(z.string()), undefined),
  credential: z.catch(z.optional(z.record(z.string(), z.unknown())), undefined),
});

function problemsBesideShape(connection: unknown, rule: ConnectionsRule): string[] {
  const { endpoint, credential = {} } = Sketch.safeParse(connection).data ?? {};
  const wrong = endpoint === undefined ? undefined : endpointProblem(endpoint, rule);
  const problems = wrong === undefined ? [] : [`endpoint ${wrong}`];
  for (const [field, reference] of Object.entries(credential)) {
    const name = SecretReference.safeParse(reference).data?.match(/^env:(.*)$/)?.[1];
    if (name === undefined || (rule.hasVariable?.(name) ?? true)) continue;
    problems.push(`credential.${field} refers to ${printableVariable(name)}, which is not set`);
  }
  return problems;
}

/** Somebody may have put the secret itself after `env:`, so the name is shown only when it looks like a variable. */
function printableVariable(name: string): string {
  return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name) ? name : "an environment variable";
}

function duplicateNames(connections: readonly unknown[]): string[] {
  const names = connections.flatMap((connection) => Sketch.safeParse(connection).data?.name ?? []);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `the connection name "${name}" is used more than once`);
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
      return issue.input === undefined
        ? `is missing; its type is ${issue.expected}`
        : `must be of type ${issue.expected}`;
    case "invalid_union":
      return `must be one of ${providerNames.join(", ")}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    default:
      return issue.message;
  }
}
