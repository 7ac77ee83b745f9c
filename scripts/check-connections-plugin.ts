import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod/mini";

/** The settings of `serverless.yml` after its variables are resolved, which depend on the stage. */
const Service = z.object({
  custom: z.object({ secretsPrefix: z.string() }),
  provider: z.object({ environment: z.object({ CONNECTIONS_FILE: z.string(), ALLOWED_ENDPOINT_HOSTS: z.string() }) }),
});

/** The part of the Serverless Framework that the plugin uses. */
interface Serverless {
  readonly service: unknown;
  readonly serviceDir: string;
  readonly classes: { readonly Error: new (message: string) => Error };
}

interface PluginUtilities {
  readonly log: { notice(line: string): void };
}

/**
 * Checks the connections file before anything is packaged or deployed. The framework loads a plugin by its default
 * export.
 */
export default class CheckConnectionsPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(serverless: Serverless, _options: unknown, { log }: PluginUtilities) {
    const check = (): Promise<void> => checkFile(serverless, log.notice);
    this.hooks = { "before:package:cleanup": check, "before:deploy:function:initialize": check };
  }
}

async function checkFile({ service, serviceDir, classes }: Serverless, print: (line: string) => void): Promise<void> {
  // Loaded late, because the framework loads plugins for every command.
  const { checkConnections } = await import("./check-connections.ts");
  const { custom, provider } = Service.parse(service);
  const { CONNECTIONS_FILE: path, ...env } = provider.environment;
  const readFile = (file: string): string => readFileSync(resolve(serviceDir, file), "utf8");
  try {
    print(checkConnections({ path, env, secretsPrefix: custom.secretsPrefix }, readFile));
  } catch (error) {
    // The framework shows the message of its own errors, and the stack of all others.
    throw new classes.Error(error instanceof Error ? error.message : String(error));
  }
}
