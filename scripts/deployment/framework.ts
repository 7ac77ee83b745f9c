import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../node_modules/serverless/bin/serverless.js", import.meta.url));

export interface FrameworkOptions {
  readonly stage: string;
  /** The folder of `serverless.yml`. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs a command of the Serverless Framework.
 * @returns what it prints on standard output
 * @throws Error with everything that it prints
 */
export async function runFramework(args: readonly string[], options: FrameworkOptions): Promise<string> {
  const child = start(args, options, "pipe");
  let [output, complaints] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const [code]: unknown[] = await once(child, "close");
  if (code === 0) return output;
  throw new Error(`${output}\n${complaints}`.trim());
}

/**
 * Like `runFramework`, but prints everything at once, and may ask for input.
 * @returns the exit code
 */
export async function showFramework(args: readonly string[], options: FrameworkOptions): Promise<number> {
  const [code]: unknown[] = await once(start(args, options, "inherit"), "close");
  return typeof code === "number" ? code : 1;
}

function start(args: readonly string[], { stage, folder, env }: FrameworkOptions, stdio: "pipe" | "inherit") {
  const quiet = { SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" };
  const command = [cli, ...args, "--stage", stage];
  return spawn(process.execPath, command, { cwd: folder, env: { ...env, ...quiet }, stdio });
}
