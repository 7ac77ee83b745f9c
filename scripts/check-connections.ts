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
 * @throws Error with every problem
 */
export function checkConnections({ path, env, secretsPrefix }: DeploymentSettings, readFile: ReadFile): Connection[] {
  try {
    requireNarrowPrefix(secretsPrefix);
    const rule = { allowedHosts: readAllowedHosts(env), allowLoopback: false };
    const connections = readConnectionsFile(path, readFile, rule);
    const foreign = connections.flatMap((connection) => unreadableSecrets(connection, secretsPrefix));
    const unset = connections.flatMap((connection) => missingVariables(connection, env));
    if (foreign.length + unset.length === 0) return connections;
    const remedies = [
      ...(foreign.length > 0 ? [remedyForPrefix(secretsPrefix)] : []),
      ...(unset.length > 0 ? [remedyForVariables(secretsPrefix)] : []),
    ];
    throw new Error([new ConfigurationError([...foreign, ...unset]).message, ...remedies].join("\n"));
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

function remedyForPrefix(prefix: string): string {
  return (
    `The functions of this stage may read only parameters and secrets whose names start with ${prefix}/. Rename them, ` +
    "or set SECRETS_PREFIX to what all of their names start with."
  );
}

/** Does not show what follows `env:`, because somebody may have put the secret itself there. */
function missingVariables({ name, credential }: Connection, env: Environment): string[] {
  return Object.entries(credential).flatMap(([member, reference]) => {
    const variable = /^env:(.*)$/.exec(reference)?.[1];
    if (variable === undefined || env[variable] !== undefined) return [];
    return [`credential.${member} of the connection "${name}" is an environment variable that no function is given`];
  });
}

function remedyForVariables(prefix: string): string {
  return (
    "The functions do not have the variables of this machine. Store the value as a parameter or secret, and refer to " +
    `it as ssm:/${prefix}/... or secretsmanager:${prefix}/... instead of env:.`
  );
}

/** As IAM sees it: the name of a parameter has no leading slash there. `undefined` for an environment variable. */
function secretNameOf(reference: string): string | undefined {
  const [, scheme = "", name = ""] = /^(\w+):([^#]*)/.exec(reference) ?? [];
  if (scheme === "ssm") return name.replace(/^\//, "");
  if (scheme === "secretsmanager") return name.replace(/^arn:.*:secret:/, "");
  return undefined;
}
