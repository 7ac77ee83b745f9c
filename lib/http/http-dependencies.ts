import { readHttpConfig } from "../config/environment.ts";
import type { Environment } from "../config/environment.ts";
import { createLog } from "../config/log.ts";
import { systemClock } from "../config/system-clock.ts";
import type { HttpDependencies } from "./http.ts";

/**
 * The dependencies of functions that use neither the ledger nor a provider. The others use `createRuntime`.
 * @throws ConfigurationError
 */
export function createHttpDependencies(env: Environment): HttpDependencies {
  const { logLevel, access } = readHttpConfig(env);
  return { log: createLog(logLevel, systemClock.now), access };
}
