import { createClouds, createSecretResolver } from "../config/clouds.ts";
import type { CloudsOptions } from "../config/clouds.ts";
import { readCloudsConfig } from "../config/environment.ts";
import type { Environment } from "../config/environment.ts";
import type { Clock } from "../domain/clock.ts";
import type { ProviderDescriptor } from "../providers/descriptor.ts";
import { descriptorOf } from "../providers/index.ts";
import { examine } from "./examine.ts";
import type { Examination } from "./examine.ts";

interface DoctorDependencies {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly descriptors: readonly ProviderDescriptor[];
  readonly readFile: (path: string) => string;
  /** Reads `ssm:` and `secretsmanager:` references. */
  readonly awsCredential: NonNullable<CloudsOptions["awsCredential"]>;
  readonly signal: AbortSignal;
}

/** One call may need a second try, with the cloud's time or after a pause. */
const callDeadlineMs = 15_000;

/**
 * Examines every target of a connections file, one after another, in its order.
 * @throws ConfigurationError if the file or the environment cannot be used
 */
export async function* runDoctor(path: string, deps: DoctorDependencies): AsyncGenerator<Examination> {
  const { clock, descriptors, awsCredential, readFile, signal } = deps;
  // Sandbox clouds are on loopback. Only a deployment has to refuse them.
  const environment = { ...deps.environment, CONNECTIONS_FILE: path, LOCAL_MODE: "true" };
  const config = readCloudsConfig(environment, readFile, descriptors);
  const limitsOf = () => ({ rate: { perSecond: 2, burst: 2 } });
  for (const connection of config.connections) {
    const only = { ...config, connections: [connection] };
    const { trials, errors } = descriptorOf(connection, descriptors);
    const options = { descriptors, clock, limitsOf, deadlineMs: callDeadlineMs, awsCredential };
    const secrets = createSecretResolver(environment, only, options);
    const clouds = createClouds(environment, only, options);
    for (const provider of clouds) yield await examine({ provider, connection, secrets, trials, errors }, signal);
  }
}
