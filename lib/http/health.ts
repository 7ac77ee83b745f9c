import type { Log } from "../config/log.ts";
import type { Provider } from "../domain/provider.ts";
import { targetKey } from "../domain/task.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { Problem } from "./problem.ts";

/** A target is swept every minute; after ten without a sweep something is wrong with the sweep itself. */
const maxSilenceMs = 10 * 60_000;
/** For the ledger's answer, its client's own tries included. */
export const ledgerTimeoutMs = 3000;

export interface HealthDependencies {
  readonly providers: readonly Provider[];
  readonly ledger: Ledger;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface Health {
  readonly status: "ok";
}

/**
 * Whether the ledger answers and every target is being swept, by one read of the ledger. A cloud that does not answer
 * its sweeps is no illness of this service: `GET /connections` tells of it.
 * @throws Problem `unhealthy` saying what is wrong
 */
export async function checkHealth({ providers, ledger, log, now, signal }: HealthDependencies): Promise<Health> {
  const targets = providers.map(({ target }) => target);
  const states = await ledger.readTargets(targets, signal).catch((error: unknown) => {
    log("error", "the ledger cannot be read", { error: error instanceof Error ? error.name : typeof error });
    throw new Problem("unhealthy", { detail: "The ledger cannot be reached" });
  });
  const never = targets.filter((target) => (states.get(targetKey(target))?.lastSweptAtMs ?? null) === null);
  const silent = targets.filter((target) => {
    const sweptAtMs = states.get(targetKey(target))?.lastSweptAtMs ?? null;
    return sweptAtMs !== null && now() - sweptAtMs > maxSilenceMs;
  });
  const wrong = [
    ...(silent.length > 0 ? [`Not swept for ${maxSilenceMs / 60_000} minutes: ${namesOf(silent)}`] : []),
    ...(never.length > 0 ? [`Never swept: ${namesOf(never)}`] : []),
  ];
  if (wrong.length > 0) throw new Problem("unhealthy", { detail: wrong.join(". ") });
  return { status: "ok" };
}

function namesOf(targets: readonly Provider["target"][]): string {
  return targets.map(targetKey).join(", ");
}
