/** The settings of local mode: reads them from the shell, and finds all that is wrong before anything is started. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigurationError } from "../../lib/config/connections.ts";
import { readConfig } from "../../lib/config/environment.ts";
import { createLocalIdentity } from "./local-identity.ts";
import type { LocalIdentity } from "./local-identity.ts";
import { platformPortNames, readLocalPorts, sandboxPortNames } from "./local-ports.ts";
import type { LocalPorts } from "./local-ports.ts";

export const tableName = "image-tasks-local";
export const busName = "image-tasks-local";

export type Environment = Readonly<Record<string, string | undefined>>;

interface ReadSettings {
  readonly ports: LocalPorts;
  /** The sandbox clouds if `undefined`. */
  readonly connectionsFile: string | undefined;
  readonly folder: string;
  readonly apiToken: string | undefined;
  readonly sweepPauseMs: number;
  readonly identity: LocalIdentity;
}

export interface Settings extends ReadSettings {
  /** The references of the connections file that only AWS can resolve. */
  readonly awsReferences: readonly string[];
}

/**
 * @throws ConfigurationError with every problem of the variables, the connections file, and the ports that are needed
 */
export async function readSettings(environment: Environment, projectFolder: string): Promise<Settings> {
  const file = environment["CONNECTIONS_FILE"];
  const connectionsFile = file === undefined || file === "" ? undefined : resolve(file);
  const neededPorts = [...platformPortNames, ...(connectionsFile === undefined ? sandboxPortNames : [])];
  const { ports, problems: portProblems } = await readLocalPorts(environment, neededPorts);
  const sweepPause = readSweepPause(environment);
  const folder = resolve(projectFolder, environment["LOCAL_DIR"] || ".local");
  const settings = {
    ports,
    connectionsFile,
    folder,
    apiToken: environment["API_TOKEN"] || undefined,
    sweepPauseMs: sweepPause.ms,
    identity: createLocalIdentity(folder),
  };
  const { problems, awsReferences } = checkConfiguration(settings, environment);
  const all = [...problems, ...sweepPause.problems, ...portProblems];
  if (all.length > 0) throw new ConfigurationError(all);
  return { ...settings, awsReferences };
}

function readSweepPause(environment: Environment): { readonly ms: number; readonly problems: readonly string[] } {
  const seconds = Number(environment["SWEEP_SECONDS"] || "5");
  const isPause = seconds > 0 && seconds <= 86_400;
  return { ms: seconds * 1000, problems: isPause ? [] : ["SWEEP_SECONDS must be a number above 0, and up to 86400"] };
}

/** The sandbox clouds' own file is written later, so the variables are checked with another one. */
const someConnections = JSON.stringify({
  connections: [{ name: "any", provider: "tencent-ecm", credential: { secretId: "ssm:/any", secretKey: "ssm:/any" } }],
});

/** Reads the configuration as the functions do. */
function checkConfiguration(settings: ReadSettings, environment: Environment) {
  const { connectionsFile } = settings;
  const readFile = (path: string) => (connectionsFile === undefined ? someConnections : readFileSync(path, "utf8"));
  const variables = functionVariables(environment, settings);
  try {
    const { connections } = readConfig(variables, readFile, { alsoNeeded: ["EVENT_BUS_NAME"] });
    if (connectionsFile === undefined) return { problems: [], awsReferences: [] };
    const references = connections.flatMap(({ credential }) => Object.values(credential));
    return { problems: [], awsReferences: references.filter((one) => /^(ssm|secretsmanager):/.test(one)) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problems: error.problems, awsReferences: [] };
  }
}

/** All but the credentials. */
export function functionVariables(environment: Environment, settings: ReadSettings): Environment {
  const { ports, connectionsFile, identity } = settings;
  return {
    ...outsideVariables(environment),
    CONNECTIONS_FILE: connectionsFile ?? "connections.json",
    TABLE_NAME: tableName,
    EVENT_BUS_NAME: busName,
    LOCAL_MODE: "true",
    // Stopping local mode often kills a sweep, and the next start should not wait long for its targets.
    SWEEP_LEASE_SECONDS: "10",
    // There is no gateway here to authenticate callers. The functions check an API_TOKEN themselves.
    API_AUTH: "iam",
    LOCAL_ACCESS_KEY_ID: identity.credentials.accessKeyId,
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${ports.ledger}`,
    AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${ports.events}`,
  };
}

/** Of a real AWS account the functions must know nothing but the identity that reads secrets. */
function outsideVariables(environment: Environment): Environment {
  const endpoints = new Set(["AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_SECRETS_MANAGER"]);
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith("AWS_") || endpoints.has(name));
  const { HTTPS_PROXY, NO_PROXY } = environment;
  // The template gives the functions a proxy of their own, and here they are on this machine.
  return { ...Object.fromEntries(kept), FUNCTIONS_HTTPS_PROXY: HTTPS_PROXY, FUNCTIONS_NO_PROXY: NO_PROXY };
}
