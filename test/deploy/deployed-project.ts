import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { EmulatedAws } from "./emulated-aws.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
/** The plugin among them imports from the project, so Node must find the real files. */
const linked = ["scripts", "node_modules"];
const left = new Set([...linked, ".build", ".git", ".local", ".serverless", ".stryker-tmp", "coverage", "test"]);

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** The project in a folder of its own, from which stages are deployed to the emulated AWS. */
export interface DeployedProject {
  readonly folder: string;
  deploy(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  remove(args: readonly string[], input?: string): Promise<Ended>;
  /** The framework alone. */
  framework(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  writeConnections(connections: readonly unknown[]): Promise<void>;
  stop(): Promise<void>;
}

/** Builds the project once. */
export async function createDeployedProject({ url }: Pick<EmulatedAws, "url">): Promise<DeployedProject> {
  const root = await mkdtemp(join(tmpdir(), "image-tasks-deploy-"));
  const folder = join(root, "project");
  const connectionsFile = join(root, "connections.json");
  await cp(project, folder, { recursive: true, filter: (path) => !left.has(relative(project, path)) });
  for (const name of linked) await symlink(join(project, name), join(folder, name));
  const { PATH = "" } = process.env;
  const environment = {
    PATH,
    HOME: root,
    CONNECTIONS_FILE: connectionsFile,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    // How often the framework asks how a stack is doing.
    SLS_AWS_MONITORING_FREQUENCY: "10",
    SLS_TELEMETRY_DISABLED: "1",
    SLS_NOTIFICATIONS_MODE: "off",
  };

  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ""): Promise<Ended> {
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...environment, ...env } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
    child.stdin.end(input);
    const [code]: unknown[] = await once(child, "close");
    return { code: Number(code), output };
  }

  const built = await run([join(project, "scripts/build.ts"), `--outdir=${join(folder, ".build")}`]);
  if (built.code !== 0) throw new Error(built.output);
  const script = (name: string) => ["--use-env-proxy", join(project, `scripts/${name}.ts`)];
  return {
    folder,
    deploy: (args, env) => run([...script("deploy"), ...args], env),
    remove: (args, input) => run([...script("remove"), ...args], {}, input),
    framework: (args, env) => run([join(project, "node_modules/serverless/bin/serverless.js"), ...args], env),
    writeConnections: (connections) => writeFile(connectionsFile, JSON.stringify({ connections })),
    stop: () => rm(root, { recursive: true }),
  };
}
