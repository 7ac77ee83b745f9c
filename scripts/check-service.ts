import { readFileSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import * as z from "zod/mini";
import type { Connection } from "../lib/providers/connection.ts";
import { checkConnections } from "./check-connections.ts";

const Text = z.catch(z.optional(z.string()), undefined);

/** The settings of `serverless.yml` after its variables are resolved, which depend on the stage. */
export const ServiceSettings = z.object({
  service: z.optional(z.string()),
  custom: z.object({ connectionsFile: z.string(), secretsPrefix: z.string(), secretsKeyArn: z.string() }),
  provider: z.object({
    region: z.string(),
    /** A value may be an intrinsic function of CloudFormation. */
    environment: z.record(z.string(), z.unknown()),
  }),
  functions: z.object({ sweep: z.object({ environment: z.object({ EVENT_BUS_NAME: z.unknown() }) }) }),
});
export type ServiceSettings = z.infer<typeof ServiceSettings>;

export interface CheckedService {
  /** `undefined` if the file cannot be used. */
  readonly connections: readonly Connection[] | undefined;
  readonly problems: readonly string[];
}

/** Finds what would package cleanly and then fail in every function. Asks no cloud. */
export function checkService({ custom, provider, functions }: ServiceSettings, folder: string): CheckedService {
  const env = Object.fromEntries(
    Object.entries(provider.environment).map(([name, value]) => [name, Text.parse(value)]),
  );
  const bus = busNameProblem(functions.sweep.environment.EVENT_BUS_NAME);
  const certificates = certificatesProblem(env["NODE_EXTRA_CA_CERTS"], folder);
  const problems = [bus, certificates].filter((one) => one !== undefined);
  const settings = { path: custom.connectionsFile, env, secretsPrefix: custom.secretsPrefix };
  try {
    const connections = checkConnections(settings, (path) => readFileSync(resolve(folder, path), "utf8"));
    return { connections, problems };
  } catch (error) {
    return { connections: undefined, problems: [error instanceof Error ? error.message : String(error), ...problems] };
  }
}

/** The permission of the sweep is made of the name. With an ARN or an empty name, it would match no bus. */
function busNameProblem(name: unknown): string | undefined {
  if (typeof name !== "string" || /^[\w.\-/]{1,256}$/.test(name)) return undefined;
  const [, last] = /^arn:[^/]*:event-bus\/([\w.\-/]+)$/.exec(name) ?? [];
  if (last === undefined) return "EVENT_BUS_NAME must be the name of an event bus: letters, digits, and . - _ /";
  return (
    `EVENT_BUS_NAME must be a name and not an ARN: ${last}. It is a bus of the same account and region. For another ` +
    "one, use a bus here with a rule that forwards its events there"
  );
}

/** Node only warns about a file that it cannot read. Each call to a cloud behind the proxy would fail later. */
function certificatesProblem(path: string | undefined, folder: string): string | undefined {
  if (path === undefined || path === "") return undefined;
  const inside = relative(folder, resolve(folder, path));
  if (isAbsolute(path) || inside.startsWith("..") || isAbsolute(inside)) {
    return "FUNCTIONS_EXTRA_CA_CERTS must be a path inside this project, because the file has the same path in the zips";
  }
  try {
    if (readFileSync(resolve(folder, path), "utf8").includes("-----BEGIN CERTIFICATE-----")) return undefined;
    return "FUNCTIONS_EXTRA_CA_CERTS names a file without a certificate in PEM format";
  } catch {
    return "FUNCTIONS_EXTRA_CA_CERTS names a file that cannot be read";
  }
}
