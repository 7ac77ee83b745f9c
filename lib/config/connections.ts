import * as z from "zod/mini";
import { Connection, ConnectionName, SecretReference } from "../providers/connection.ts";
import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { providerDescriptors } from "../providers/index.ts";
import { endpointProblem } from "./endpoint-rule.ts";
import type { EndpointRule } from "./endpoint-rule.ts";
import { printName, printPath, readStrictJson } from "./strict-json.ts";

/** The connections file: the cloud accounts to watch. Validates the file; resolves no secrets. */

const ConnectionsFile = z.strictObject({
  connections: z.array(z.unknown()).check(z.minLength(1, "must hold at least one connection")),
});

const FileSketch = z.object({ connections: z.array(z.unknown()) });

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

/** Decodes UTF-8. A byte order mark may stay. */
export type ReadFile = (path: string) => string;

/**
 * The connections of the file at `path`, for the functions and for the check before packaging alike.
 * @throws ConfigurationError with every problem and its place in the file
 */
export function readConnectionsFile(
  path: string,
  readFile: ReadFile,
  rule: ConnectionsRule,
  descriptors: readonly ProviderDescriptor[] = providerDescriptors,
): Connection[] {
  return parseConnections(readText(path, readFile), rule, descriptors);
}

const unreadable: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "does not exist"],
  ["EISDIR", "is a folder"],
  ["EACCES", "may not be read by this user"],
]);

function readText(path: string, readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch (error) {
    const { named, reason } = describeUnreadable(path, error);
    throw new ConfigurationError([`CONNECTIONS_FILE names ${named}, which ${reason}`]);
  }
}

/** Such as `connections.json` and `does not exist`. */
export function describeUnreadable(path: string, error: unknown): { named: string; reason: string } {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
  // The variable may hold the file's content, secrets included, instead of its path.
  const named = /^[\w./\\:@ -]{1,200}$/.test(path) ? path : "something that is not a path";
  return { named, reason: unreadable.get(code) ?? `cannot be read (${code})` };
}

/**
 * @param text the connections file's content
 * @throws ConfigurationError with every problem and its place in the file
 */
export function parseConnections(
  text: string,
  rule: ConnectionsRule,
  descriptors: readonly ProviderDescriptor[] = providerDescriptors,
): Connection[] {
  const json = readStrictJson(text);
  if ("problem" in json) throw new ConfigurationError([`the connections file ${json.problem}`]);
  const file = ConnectionsFile.safeParse(json.value, { reportInput: true });
  const problems = json.duplicates.map((path) => `${path} is given more than once`);
  problems.push(...(file.error?.issues ?? []).map(fileProblem));
  // The connections are checked even if something beside them is wrong.
  const values = FileSketch.safeParse(json.value).data?.connections ?? [];
  const connections: Connection[] = [];
  values.forEach((value, index) => {
    const issues = shapeIssues(value, descriptors);
    if (issues.length === 0) connections.push(Connection.parse(value));
    problems.push(...issues.map((issue) => issueToProblem(issue, ["connections", index])));
    problems.push(...problemsBesideShape(value, rule, descriptors).map((one) => `connections[${index}].${one}`));
  });
  problems.push(...duplicateNames(values));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return connections;
}

/** Which members a connection may have is known once its provider is. */
function shapeIssues(value: unknown, descriptors: readonly ProviderDescriptor[]): readonly z.core.$ZodIssue[] {
  const provider = Sketch.safeParse(value).data?.provider;
  const known = descriptors.find(({ name }) => name === provider);
  const shape =
    known?.connection ?? z.object({ name: ConnectionName, provider: z.enum(descriptors.map(({ name }) => name)) });
  return shape.safeParse(value, { reportInput: true }).error?.issues ?? [];
}

/** The fields that are checked even when other fields of the connection are invalid. */
const Sketch = z.object({
  name: z.catch(z.optional(ConnectionName), undefined),
  formerName: z.catch(z.optional(ConnectionName), undefined),
  provider: z.catch(z.optional(z.string()), undefined),
  endpoint: z.catch(z.optional(z.string()), undefined),
  credential: z.catch(z.optional(z.record(z.string(), z.unknown())), undefined),
});

function problemsBesideShape(
  connection: unknown,
  rule: ConnectionsRule,
  descriptors: readonly ProviderDescriptor[],
): string[] {
  const { provider, endpoint, credential = {} } = Sketch.safeParse(connection).data ?? {};
  // Another cloud must not receive what is signed for this one.
  const own = descriptors.filter(({ name }) => name === provider);
  const allowPath = own.some(({ endpointMayHavePath }) => endpointMayHavePath);
  const clouds = own.length === 0 ? descriptors : own;
  const wrong = endpoint === undefined ? undefined : endpointProblem(endpoint, { ...rule, allowPath }, clouds);
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

/** A former name is taken as well: two connections would make the same ids. */
function duplicateNames(connections: readonly unknown[]): string[] {
  const names = connections.flatMap((connection) => {
    const { name, formerName } = Sketch.safeParse(connection).data ?? {};
    return [name, formerName].filter((one) => one !== undefined);
  });
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `the connection name "${name}" is used more than once`);
}

function fileProblem(issue: z.core.$ZodIssue): string {
  const example = issue.code === "invalid_type" && issue.path.length === 0 ? ', as in { "connections": [...] }' : "";
  return `${issueToProblem(issue, [])}${example}`;
}

function issueToProblem(issue: z.core.$ZodIssue, place: readonly PropertyKey[]): string {
  return `${printPath([...place, ...issue.path]) || "the file"} ${describeIssue(issue)}`;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return `has unknown fields: ${issue.keys.map(printName).join(", ")}`;
    case "invalid_type":
      return issue.input === undefined
        ? `is missing; its type is ${issue.expected}`
        : `must be of type ${issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    default:
      return issue.message;
  }
}
