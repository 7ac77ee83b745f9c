import { readHttpConfig } from "./config.ts";
import type { Environment } from "./config.ts";
import type { HttpWorld } from "./http.ts";
import { createLog } from "./log.ts";
import { systemClock } from "./system-clock.ts";

/**
 * What a function works with that asks neither the ledger nor a provider; the others have `createRuntime`.
 * @throws ConfigurationError
 */
export function createHttpWorld(env: Environment): HttpWorld {
  const { logLevel, access } = readHttpConfig(env);
  return { log: createLog(logLevel, systemClock.now), access };
}
