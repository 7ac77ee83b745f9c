/** The ports of local mode: reads them from the environment and checks that they are free. */
import { createServer } from "node:http";
import { listenOnLoopback, stopServer } from "./loopback.ts";

const portNames = {
  api: { variable: "PORT", standard: 3000, use: "the HTTP API" },
  events: { variable: "EVENTS_PORT", standard: 4010, use: "the event endpoint" },
  ledger: { variable: "LEDGER_PORT", standard: 4000, use: "the ledger" },
  alibabaEcs: { variable: "ALIBABA_ECS_PORT", standard: 4021, use: "the sandbox of Alibaba ECS" },
  apsaraRoute: { variable: "APSARA_ROUTE_PORT", standard: 4022, use: "the sandbox of the Apsara route gateway" },
  tencentEcm: { variable: "TENCENT_ECM_PORT", standard: 4023, use: "the sandbox of Tencent ECM" },
  control: { variable: "SANDBOX_CONTROL_PORT", standard: 4024, use: "the control of the sandbox clouds" },
} as const;
export type PortName = keyof typeof portNames;
export type LocalPorts = Readonly<Record<PortName, number>>;

export const sandboxPortNames = ["alibabaEcs", "apsaraRoute", "tencentEcm", "control"] as const;
export const platformPortNames = ["api", "events", "ledger"] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws a one-sentence error if a variable is not a port. */
export function readLocalPorts(environment: Environment): LocalPorts {
  return {
    api: readPort(environment, "api"),
    events: readPort(environment, "events"),
    ledger: readPort(environment, "ledger"),
    alibabaEcs: readPort(environment, "alibabaEcs"),
    apsaraRoute: readPort(environment, "apsaraRoute"),
    tencentEcm: readPort(environment, "tencentEcm"),
    control: readPort(environment, "control"),
  };
}

function readPort(environment: Environment, name: PortName): number {
  const { variable, standard } = portNames[name];
  const text = environment[variable];
  if (text === undefined || text === "") return standard;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`${variable} must be a port from 1 to 65535, not "${text}".`);
  }
  return port;
}

/** Throws a one-sentence error that names the first port in use and the variable to change. */
export async function requireFreePorts(ports: LocalPorts, names: readonly PortName[]): Promise<void> {
  const users = new Map<number, PortName>();
  for (const name of names) {
    const { variable, use } = portNames[name];
    const port = ports[name];
    const other = users.get(port);
    if (other !== undefined) {
      throw new Error(
        `Port ${port} is set for both ${portNames[other].use} and ${use}. Set ${variable} to a different port.`,
      );
    }
    users.set(port, name);
    const problem = await portProblem(port);
    if (problem !== undefined) {
      throw new Error(
        `Port ${port} for ${use} ${problem}: set ${variable} to a free port, or stop the process that uses it.`,
      );
    }
  }
}

async function portProblem(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await listenOnLoopback(server, port);
    await stopServer(server);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "EADDRINUSE" ? "is taken" : `cannot be used (${String(code)})`;
  }
}
