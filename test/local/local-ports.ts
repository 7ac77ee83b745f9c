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
const names = [...platformPortNames, ...sandboxPortNames];

type Environment = Readonly<Record<string, string | undefined>>;

interface ReadPorts {
  readonly ports: LocalPorts;
  /** What is wrong with the variables, and which of the needed ports cannot be used. */
  readonly problems: readonly string[];
}

/** @param needed the ports that must be free */
export async function readLocalPorts(environment: Environment, needed: readonly PortName[]): Promise<ReadPorts> {
  const ports = {
    api: readPort(environment, "api"),
    events: readPort(environment, "events"),
    ledger: readPort(environment, "ledger"),
    alibabaEcs: readPort(environment, "alibabaEcs"),
    apsaraRoute: readPort(environment, "apsaraRoute"),
    tencentEcm: readPort(environment, "tencentEcm"),
    control: readPort(environment, "control"),
  };
  const wrong = names.filter((name) => !isPort(ports[name]));
  const usable = needed.filter((name) => isPort(ports[name]));
  const unusable = await Promise.all(usable.map((name, index) => problemOf(name, ports, usable.slice(0, index))));
  return {
    ports,
    problems: [
      ...wrong.map((name) => `${portNames[name].variable} must be a port from 1 to 65535`),
      ...unusable.filter((problem) => problem !== undefined),
    ],
  };
}

function readPort(environment: Environment, name: PortName): number {
  const { variable, standard } = portNames[name];
  return Number(environment[variable] || standard);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

async function problemOf(name: PortName, ports: LocalPorts, earlier: readonly PortName[]): Promise<string | undefined> {
  const { variable, use } = portNames[name];
  const port = ports[name];
  const other = earlier.find((one) => ports[one] === port);
  if (other !== undefined) {
    return `Port ${port} is set for both ${portNames[other].use} and ${use}: set ${variable} to a different port`;
  }
  const problem = await portProblem(port);
  if (problem === undefined) return undefined;
  return `Port ${port} for ${use} ${problem}: set ${variable} to a free port, or stop the process that uses it`;
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
