import { targetKey } from "./task.ts";
import type { Target } from "./task.ts";

/**
 * The targets whose tasks the ledger may hold. A rename or removal can drop a target from the configuration; this list
 * keeps the target until the ledger holds nothing for it.
 */
export interface TargetList {
  /** Grows by one with every write. Writes are conditional on it, so concurrent writers lose no entry. */
  readonly revision: number;
  readonly targets: readonly KnownTarget[];
}

export interface KnownTarget extends Target {
  /** `null` while the target is configured. */
  readonly unconfigured: Unconfigured | null;
}

/** What the ledger still holds for a target. Its provider is no longer asked, so its open tasks stay open. */
export interface Holdings {
  /** Counted up to `maxCountedTasks`. */
  readonly openTasks: number;
  /** Tasks with an event that the bus has not accepted yet. */
  readonly pendingEvents: number;
}

interface Unconfigured extends Holdings {
  /** When a sweep first found the target missing from the configuration, in epoch milliseconds. */
  readonly sinceMs: number;
}

/** A count that reaches this limit means "at least". */
export const maxCountedTasks = 1000;

/**
 * How long an empty target stays listed. During a deployment, functions with the earlier configuration still run and
 * may record tasks. They end well before this time, and the ledger's indexes have caught up by then.
 */
const keptEmptyMs = 60 * 60_000;

/** Adds missing configured targets and marks returned ones as configured. `undefined` if there is nothing to write. */
export function applyConfiguration(
  list: TargetList | undefined,
  configured: readonly Target[],
): TargetList | undefined {
  const known = list?.targets ?? [];
  const missing = new Map(configured.map((target) => [targetKey(target), target]));
  let changed = false;
  const kept = known.map((one): KnownTarget => {
    const target = missing.get(targetKey(one));
    missing.delete(targetKey(one));
    if (target === undefined || (one.unconfigured === null && one.provider === target.provider)) return one;
    changed = true;
    return configuredTarget(target);
  });
  if (!changed && missing.size === 0) return undefined;
  return { revision: (list?.revision ?? 0) + 1, targets: [...kept, ...[...missing.values()].map(configuredTarget)] };
}

function configuredTarget({ connection, provider, region }: Target): KnownTarget {
  return { connection, provider, region, unconfigured: null };
}

/**
 * Stores what the ledger holds for unconfigured targets, and drops targets that have long been empty. `undefined` if
 * there is nothing to write.
 * @param found by `targetKey`
 */
export function applyHoldings(
  list: TargetList | undefined,
  found: ReadonlyMap<string, Holdings>,
  nowMs: number,
): TargetList | undefined {
  if (list === undefined) return undefined;
  const targets = list.targets.flatMap((one): KnownTarget[] => {
    const holdings = found.get(targetKey(one));
    if (holdings === undefined) return [one];
    const sinceMs = one.unconfigured?.sinceMs ?? nowMs;
    if (isEmpty(holdings) && nowMs - sinceMs >= keptEmptyMs) return [];
    const { openTasks, pendingEvents } = holdings;
    return [{ ...one, unconfigured: { sinceMs, openTasks, pendingEvents } }];
  });
  if (JSON.stringify(targets) === JSON.stringify(list.targets)) return undefined;
  return { revision: list.revision + 1, targets };
}

export function isEmpty({ openTasks, pendingEvents }: Holdings): boolean {
  return openTasks === 0 && pendingEvents === 0;
}

/** The listed targets that are not configured. */
export function withoutConfigured(list: TargetList | undefined, configured: readonly Target[]): KnownTarget[] {
  const keys = new Set(configured.map(targetKey));
  return (list?.targets ?? []).filter((target) => !keys.has(targetKey(target)));
}

/** For people: `at least 1000 open tasks and 1 undelivered event`. */
export function describeHoldings({ openTasks, pendingEvents }: Holdings): string {
  const atLeast = openTasks >= maxCountedTasks ? "at least " : "";
  return [
    ...(openTasks > 0 ? [`${atLeast}${openTasks} open ${openTasks === 1 ? "task" : "tasks"}`] : []),
    ...(pendingEvents > 0 ? [`${pendingEvents} undelivered ${pendingEvents === 1 ? "event" : "events"}`] : []),
  ].join(" and ");
}
