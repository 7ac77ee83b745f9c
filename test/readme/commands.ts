import { readFile } from "node:fs/promises";

/** The commands in the README's shell blocks, each as it is written there. */

export interface ReadmeCommands {
  /** The one command that contains this text. It counts as used from now on. */
  use(text: string): string;
  unused(): readonly string[];
}

export async function readCommands(): Promise<ReadmeCommands> {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
  const commands = blocks.flatMap(commandsOf);
  const left = new Set(commands);
  return {
    use(text) {
      const [command, ...others] = commands.filter((each) => each.includes(text));
      if (command === undefined || others.length > 0) {
        throw new Error(`the README has ${others.length + (command === undefined ? 0 : 1)} commands with ${text}`);
      }
      left.delete(command);
      return command;
    },
    unused: () => [...left],
  };
}

/** A script is one command. Elsewhere, each line is, together with the indented lines after it. */
function commandsOf(block: string): readonly string[] {
  return /^while /m.test(block) ? [block] : block.split(/\n(?=\S)/).map((command) => command.trimEnd());
}
