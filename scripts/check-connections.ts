import { ConfigurationError, readConnectionsFile } from "../lib/config/connections.ts";
import type { ReadFile } from "../lib/config/connections.ts";
import { readAllowedHosts } from "../lib/config/environment.ts";
import type { Environment } from "../lib/config/environment.ts";
import type { Connection } from "../lib/providers/connection.ts";

export interface DeploymentSettings {
  /** The connections file. */
  readonly path: string;
  /** The variables that the functions are given. */
  readonly env: Environment;
  /** What the names of all parameters and secrets that the functions may read start with, such as `image-tasks/dev`. */
  readonly secretsPrefix: string;
}

/**
 * Checks the connections file with the rules that the functions apply at their cold start. Also checks that their roles
 * let them read every secret.
 * @returns a line that names the connections
 * @throws Error with every problem
 */
export function checkConnections({ path, env, secretsPrefix }: DeploymentSettings, readFile: ReadFile): string {
  try {
    requireNarrowPrefix(secretsPrefix);
    const rule = { allowedHosts: readAllowedHosts(env), allowLoopback: false };
    const connections = readConnectionsFile(path, readFile, rule);
    const problems = connections.flatMap((connection) => unreadableSecrets(connection, secretsPrefix));
    if (problems.length > 0) throw new Error(`${new ConfigurationError(problems).message}\n${remedy(secretsPrefix)}`);
    return `${path}: ${connections.length} connections, ${connections.map(({ name }) => name).join(", ")}`;
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : "cannot be read"}`, { cause: error });
  }
}

/** The prefix becomes part of a policy, in which an asterisk would allow more than one prefix. */
function requireNarrowPrefix(prefix: string): void {
  if (/^[\w.-]+(\/[\w.-]+)*$/.test(prefix)) return;
  throw new ConfigurationError([
    "SECRETS_PREFIX must be names of letters, digits, dots, - and _, with / between them, such as image-tasks/prod",
  ]);
}

function unreadableSecrets({ name, credential }: Connection, prefix: string): string[] {
  return Object.entries(credential).flatMap(([member, reference]) => {
    const secret = secretNameOf(reference);
    if (secret === undefined || secret.startsWith(`${prefix}/`)) return [];
    return [`credential.${member} of the connection "${name}" is ${reference}, which is not under ${prefix}/`];
  });
}

function remedy(prefix: string): string {
  return (
    `The functions of this stage may read only parameters and secrets whose names start with ${prefix}/. Rename them, ` +
    "or set SECRETS_PREFIX to what all of their names start with."
  );
}

/** As IAM sees it: the name of a parameter has no leading slash there. `undefined` for an environment variable. */
function secretNameOf(reference: string): string | undefined {
  const [, scheme = "", name = ""] = /^(\w+):([^#]*)/.exec(reference) ?? [];
  if (scheme === "ssm") return name.replace(/^\//, "");
  if (scheme === "secretsmanager") return name.replace(/^arn:.*:secret:/, "");
  return undefined;
}
