import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The part of the Serverless Framework that the plugin uses. */
interface Serverless {
  readonly service: unknown;
  readonly serviceDir: string;
  readonly classes: { readonly Error: new (message: string) => Error };
}

interface PluginUtilities {
  readonly log: { notice(line: string): void };
}

/** Where the functions read the connections file, in the project and in every zip alike. */
const packagedConnections = ".build/connections.json";

/**
 * Checks the settings before anything is packaged or deployed, and copies the connections file to where the zips take
 * it from. The framework loads a plugin by its default export.
 */
export default class CheckConnectionsPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(serverless: Serverless, _options: unknown, { log }: PluginUtilities) {
    const prepare = (): Promise<void> => prepareConnections(serverless, log.notice);
    this.hooks = { "before:package:cleanup": prepare, "before:deploy:function:initialize": prepare };
  }
}

async function prepareConnections(serverless: Serverless, print: (line: string) => void): Promise<void> {
  // Loaded late, because the framework loads plugins for every command.
  const { ServiceSettings, checkService } = await import("./check-service.ts");
  const { service, serviceDir, classes } = serverless;
  const settings = ServiceSettings.parse(service);
  const { connections = [], problems } = checkService(settings, serviceDir);
  // The framework shows the message of its own errors, and the stack of all others.
  if (problems.length > 0) throw new classes.Error(problems.join("\n"));
  const source = settings.custom.connectionsFile;
  const target = resolve(serviceDir, packagedConnections);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(resolve(serviceDir, source), target);
  print(`${source}: ${connections.length} connections, ${connections.map(({ name }) => name).join(", ")}`);
}
