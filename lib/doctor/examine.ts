import { ProviderError } from "../domain/errors.ts";
import type { Provider } from "../domain/provider.ts";
import type { Trial, Trials } from "../domain/trial.ts";
import type { Connection } from "../providers/connection.ts";
import type { SecretResolver } from "../providers/credential.ts";
import { remedyFor } from "./remedy.ts";

/** What was tried: reading the secrets, or a call by the provider's name. */
export type Finding =
  | { readonly tried: string; readonly outcome: "works" }
  /** Something before it fails. `attempted`: it fails in the same way, which may be another call's fault. */
  | { readonly tried: string; readonly outcome: "unknown"; readonly attempted: boolean }
  | {
      readonly tried: string;
      readonly outcome: "fails";
      /** What does not work without it. `null`: the sweep. */
      readonly neededTo: string | null;
      /** Safe to show. */
      readonly message: string;
      readonly remedy: string;
    };

export interface Examination {
  readonly connection: string;
  readonly provider: string;
  readonly region: string;
  readonly findings: readonly Finding[];
  /** The provider's clock minus ours, in whole seconds. `null` when no answer told the time. */
  readonly clockSkewSeconds: number | null;
}

interface Patient extends Trials {
  readonly provider: Provider;
  readonly connection: Connection;
  readonly secrets: SecretResolver;
}

/** Reads the secrets of one connection, then tries each call to its cloud in one region. */
export async function examine(patient: Patient, signal: AbortSignal): Promise<Examination> {
  const { provider, connection, trials } = patient;
  const secrets = await readSecrets(patient);
  const calls = secrets.every(({ outcome }) => outcome === "works")
    ? await tryCalls(patient, signal)
    : trials.map(({ api }) => ({ tried: api, outcome: "unknown" as const, attempted: false }));
  const skewMs = provider.clockSkewMs();
  return {
    connection: connection.name,
    provider: provider.target.provider,
    region: provider.target.region,
    findings: [...secrets, ...calls],
    clockSkewSeconds: skewMs === null ? null : Math.round(skewMs / 1000),
  };
}

/** One finding for each secret that cannot be read, or one for all of them. */
async function readSecrets({ connection, secrets }: Patient): Promise<Finding[]> {
  const tried = "secrets";
  const references = [...new Set(Object.values(connection.credential))];
  const read = references.map((one) => failureOf(() => secrets.resolve(one, { fresh: false })));
  const failures = (await Promise.all(read)).filter((failure) => failure !== undefined);
  if (failures.length === 0) return [{ tried, outcome: "works" }];
  const remedy = "correct the secret or its reference, or sign in to AWS in this shell";
  return failures.map(({ message }) => ({ tried, outcome: "fails", neededTo: null, message, remedy }));
}

/** A cloud that does not answer is asked once. */
async function tryCalls(patient: Patient, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  const failures = new Set<string>();
  let answers = true;
  for (const trial of patient.trials) {
    const failure: ProviderError | undefined = answers
      ? await failureOf(() => trial.attempt(patient.provider, signal))
      : undefined;
    // A try may need a second call, which was tried before. Then its failure says nothing about this one.
    if (!answers || (failure !== undefined && failures.has(failure.message))) {
      findings.push({ tried: trial.api, outcome: "unknown", attempted: failure !== undefined });
    } else if (failure === undefined) {
      findings.push({ tried: trial.api, outcome: "works" });
    } else {
      findings.push(failed(trial, failure, patient));
      failures.add(failure.message);
      answers = failure.scope !== "target" || failure.code !== null;
    }
  }
  return findings;
}

function failed(trial: Trial, failure: ProviderError, patient: Patient): Finding {
  const { api, neededTo = null } = trial;
  const prefix = `${api}: `;
  const words = failure.message.startsWith(prefix) ? failure.message.slice(prefix.length) : failure.message;
  const remedy = remedyFor(failure, trial, patient);
  const message = `${words.replace(/\.$/, "")}${lookedUp(failure)}`;
  return { tried: api, outcome: "fails", neededTo, message, remedy };
}

/** Messages do not name hosts, because they reach those who call the API. */
function lookedUp({ cause }: ProviderError): string {
  return cause instanceof Error && "hostname" in cause ? ` (${String(cause.hostname)})` : "";
}

async function failureOf(attempt: () => Promise<unknown>): Promise<ProviderError | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}
