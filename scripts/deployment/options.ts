import { parseArgs } from "node:util";
import type { ParseArgsOptionsConfig } from "node:util";

interface CommandLine<Options extends ParseArgsOptionsConfig> {
  /** The name of the script after `npm run`. */
  readonly script: string;
  readonly options: Options;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Its message is for people. */
class OptionError extends Error {}

/** Ends the process with 1 if an option is wrong, and says which there are. */
export function readOptionsOrExit<const Options extends ParseArgsOptionsConfig>(script: string, options: Options) {
  try {
    return readOptions({ script, options, args: process.argv.slice(2), env: process.env });
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/** @throws OptionError for an unknown option, for an argument, and for an option that npm has kept for itself */
function readOptions<const Options extends ParseArgsOptionsConfig>(line: CommandLine<Options>) {
  const { args, options } = line;
  const kept = Object.keys(options).filter((name) => keptByNpm(name, line));
  if (kept.length > 0) {
    const names = kept.map((name) => `--${name}`).join(" and ");
    throw new OptionError(`npm did not pass on ${names}.\n${usage(line)}`);
  }
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node goes on with advice on positional arguments, which these scripts do not take.
    const [problem = ""] = error.message.split(/\.(?: |\n)|\n/);
    throw new OptionError(`${problem}.\n${usage(line)}`, { cause: error });
  }
}

/** npm has options of these names, which people also set in its own files. The scripts do not depend on them. */
const namesOfNpm: ReadonlySet<string> = new Set(["force", "yes"]);

/**
 * `npm run deploy --stage=prod` hands the script no option, which would then deploy another stage. npm puts what it keeps
 * into the environment.
 */
function keptByNpm(name: string, { args, env }: CommandLine<ParseArgsOptionsConfig>): boolean {
  if (namesOfNpm.has(name) || args.some((one) => one === `--${name}` || one.startsWith(`--${name}=`))) return false;
  return Boolean(env[`npm_config_${name.replaceAll("-", "_")}`]);
}

function usage({ script, options }: CommandLine<ParseArgsOptionsConfig>): string {
  const names = Object.entries(options).map(([name, { type }]) => (type === "string" ? `--${name} NAME` : `--${name}`));
  return `Options: ${names.join(", ")}\nThey follow a --, as in: npm run ${script} -- --stage prod`;
}
