import { ProviderError } from "../domain/errors.ts";
import type { Provider } from "../domain/provider.ts";
import type { Trial, Trials } from "../domain/trial.ts";
import type { Connection } from "../providers/connection.ts";
import type { SecretResolver } from "../providers/credential.ts";
import { remedyFor } from "./remedy.ts";

/** What was tried: reading the secrets, or a call by the provider's name. */
export type Finding =
  | { readonly tried: string; readonly outcome: "works" }
  | { readonly tried: string; readonly outcome: "unknown" }
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
  const calls =
    secrets.outcome === "works"
      ? await tryCalls(patient, signal)
      : trials.map(({ api }) => ({ tried: api, outcome: "unknown" as const }));
  const skewMs = provider.clockSkewMs();
  return {
    connection: connection.name,
    provider: provider.target.provider,
    region: provider.target.region,
    findings: [secrets, ...calls],
    clockSkewSeconds: skewMs === null ? null : Math.round(skewMs / 1000),
  };
}

async function readSecrets({ connection, secrets }: Patient): Promise<Finding> {
  const tried = "secrets";
  const references = Object.values(connection.credential);
  const failure = await failureOf(() => Promise.all(references.map((one) => secrets.resolve(one, { fresh: false }))));
  if (failure === undefined) return { tried, outcome: "works" };
  const remedy = "correct the secret or its reference, or sign in to AWS in this shell";
  return { tried, outcome: "fails", neededTo: null, message: failure.message, remedy };
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
      findings.push({ tried: trial.api, outcome: "unknown" });
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
  return { tried: api, outcome: "fails", neededTo, message: words.replace(/\.$/, ""), remedy };
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
