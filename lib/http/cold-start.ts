import { ConfigurationError } from "../config/connections.ts";
import type { Environment } from "../config/environment.ts";
import { createLog } from "../config/log.ts";
import { systemClock } from "../config/system-clock.ts";
import { createHttpDependencies } from "./http-dependencies.ts";
import { http } from "./http.ts";
import type { HttpDependencies, HttpFunction } from "./http.ts";
import { Problem } from "./problem.ts";

/**
 * The function that `setUp` makes. When that throws, it is one that answers every call with a problem, because an
 * import that fails lets some gateways answer with the stack. The log gets every problem of the configuration.
 * @param setUp runs once, at cold start
 */
export function coldStart(env: Environment, setUp: () => HttpFunction): HttpFunction {
  try {
    return setUp();
  } catch (error) {
    const deps = refusingDependencies(env);
    deps.log("error", "the function cannot start", reasonOf(error));
    return http(deps, async () => {
      throw new Problem("internal", { detail: "The service is not configured correctly; its log names each problem" });
    });
  }
}

/** Callers are still checked, unless the settings of that check are the problem. */
function refusingDependencies(env: Environment): HttpDependencies {
  try {
    return createHttpDependencies(env);
  } catch {
    const none: readonly string[] = [];
    const roles = { claim: "", read: none, write: none };
    const access = { callers: "anyone", token: null, scopes: { read: "", write: "" }, roles } as const;
    return { log: createLog("error", systemClock.now), access };
  }
}

function reasonOf(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof ConfigurationError) return { problems: error.problems };
  return error instanceof Error ? { error: error.name, detail: error.message, stack: error.stack } : {};
}
