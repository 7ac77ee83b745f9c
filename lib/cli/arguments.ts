import { parseArgs } from "node:util";

export const usage = `Usage: image-tasks <command>

  doctor [FILE]   asks every cloud of a connections file for what the service needs, and says what is missing.
                  FILE is the value of CONNECTIONS_FILE by default, or else connections.json

  --json          one JSON object a line, for programs
  --help          this text

Exit codes: 0 everything works, 1 something does not, 2 the command could not be run.
`;

export type Command =
  | { readonly name: "help" }
  | { readonly name: "doctor"; readonly connectionsFile: string | undefined; readonly json: boolean }
  | { readonly problem: string };

/** @param given the words after the command's own name */
export function parseCommand(given: readonly string[]): Command {
  const parsed = parse(given);
  if ("problem" in parsed) return parsed;
  const { values, positionals } = parsed;
  const [name, ...rest] = positionals;
  if (values.help === true || name === "help") return { name: "help" };
  if (name === undefined) return { problem: "There is no command." };
  if (name !== "doctor") return { problem: `There is no command ${JSON.stringify(name)}.` };
  if (rest.length > 1) return { problem: "doctor takes one connections file." };
  return { name, connectionsFile: rest[0], json: values.json === true };
}

function parse(given: readonly string[]) {
  const options = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
  try {
    return parseArgs({ args: [...given], options, allowPositionals: true });
  } catch (error) {
    return { problem: error instanceof Error ? error.message : "The arguments cannot be read." };
  }
}
