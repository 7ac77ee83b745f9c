import type { Log } from "../config/log.ts";
import { describeHoldings, isEmpty, withoutConfigured } from "../domain/known-targets.ts";
import type { KnownTarget } from "../domain/known-targets.ts";
import type { Provider } from "../domain/provider.ts";
import { isInFuture } from "../domain/stored-time.ts";
import { targetKey } from "../domain/task.ts";
import type { Target } from "../domain/task.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { Problem } from "./problem.ts";
import { readKnownTargets } from "./unconfigured.ts";

/** A target is swept every minute. Ten minutes without a sweep mean that the sweep itself is broken. */
const maxSilenceMs = 10 * 60_000;
/** For the ledger's answer, including its client's retries. */
export const ledgerTimeoutMs = 3000;

interface HealthDependencies {
  readonly providers: readonly Provider[];
  readonly ledger: Ledger;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface Health {
  /** `degraded`: everything is swept, but somebody should look at items of the ledger. */
  readonly status: "ok" | "degraded";
  /** Items of the ledger that cannot be read, as far as sweeps have met them, and copies of replaced ones. */
  readonly unreadableItems: number;
}

/**
 * Checks that the ledger answers, that every target is being swept, and that nothing is left of targets that are no
 * longer configured. A cloud that does not answer does not make this service unhealthy; `GET /connections` reports it.
 * Items of the ledger that cannot be read make it degraded, because no sweep waits for them.
 * @throws Problem `unhealthy` with what is wrong
 */
export async function checkHealth({ providers, ledger, log, now, signal }: HealthDependencies): Promise<Health> {
  const targets = providers.map(({ target }) => target);
  const reads = Promise.all([ledger.readTargets(targets, signal), readKnownTargets({ ledger, signal })]);
  const [{ states, unreadable }, known] = await reads.catch((error: unknown) => {
    log("error", "the ledger cannot be read", { error: error instanceof Error ? error.name : typeof error });
    throw new Problem("unhealthy", { detail: "The ledger cannot be reached" });
  });
  const sweptAtMs = (target: Target) => states.get(targetKey(target))?.lastSweptAtMs ?? null;
  const never = targets.filter((target) => sweptAtMs(target) === null && !unreadable.has(targetKey(target)));
  const nowMs = now();
  const silent = targets.filter((target) => nowMs - (sweptAtMs(target) ?? nowMs) > maxSilenceMs);
  const early = targets.filter((target) => isInFuture(sweptAtMs(target) ?? nowMs, nowMs));
  const wrong = [
    ...(silent.length > 0 ? [`Not swept for ${maxSilenceMs / 60_000} minutes: ${namesOf(silent)}`] : []),
    ...(never.length > 0 ? [`Never swept: ${namesOf(never)}`] : []),
    ...(early.length > 0 ? [`Last swept in the future, by a wrong clock: ${namesOf(early)}`] : []),
    ...withoutConfigured(known.list, targets).flatMap(leftOf),
  ];
  if (wrong.length > 0) throw new Problem("unhealthy", { detail: wrong.join(". ") });
  const counted = [...states.values()].reduce((sum, state) => sum + state.unreadableItems, 0);
  const unreadableItems = counted + unreadable.size + known.unreadable.length;
  return { status: unreadableItems === 0 ? "ok" : "degraded", unreadableItems };
}

function leftOf({ unconfigured, ...target }: KnownTarget): string[] {
  if (unconfigured === null || isEmpty(unconfigured)) return [];
  return [`Not configured: ${targetKey(target)}, which still has ${describeHoldings(unconfigured)}`];
}

function namesOf(targets: readonly Target[]): string {
  return targets.map(targetKey).join(", ");
}
