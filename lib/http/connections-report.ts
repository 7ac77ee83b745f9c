import { presentName } from "../domain/connection-names.ts";
import { withoutConfigured } from "../domain/known-targets.ts";
import type { KnownTarget } from "../domain/known-targets.ts";
import type { Capabilities, Provider } from "../domain/provider.ts";
import type { TargetState } from "../domain/record.ts";
import { isInFuture } from "../domain/stored-time.ts";
import { targetKey } from "../domain/task.ts";
import type { Ledger, TargetReading } from "../ledger/ledger.ts";
import type { TokenBucketRate } from "../transport/token-bucket.ts";
import { readKnownTargets } from "./unconfigured.ts";

/** One connection in one region, and the state of its sweeps. */
interface ConnectionState {
  /** The connection's name in ids. */
  readonly connection: string;
  /** Its name in the configuration, which differs after a rename. */
  readonly name: string;
  readonly provider: string;
  readonly region: string;
  readonly capabilities: Capabilities;
  /** The budget of calls to each of the provider's APIs. */
  readonly rate: TokenBucketRate;
  /** When its last sweep ended, RFC 3339 UTC. */
  readonly lastSweptAt: string | null;
  readonly lastSweepSeconds: number | null;
  /** Whole seconds since the checkpoint: every task created before it is recorded. `null` when it is in the future. */
  readonly behindSeconds: number | null;
  /** The first problem of its last sweep. */
  readonly lastError: string | null;
  /** The provider's clock minus the sweep's, in whole seconds. `null` when the provider has told no time. */
  readonly clockSkewSeconds: number | null;
  /** Items of the ledger that cannot be read, as far as sweeps have met them, and copies of replaced ones. */
  readonly unreadableItems: number;
}

/** A target that the configuration has lost and that the ledger may still hold something of. */
interface UnconfiguredTarget {
  readonly connection: string;
  readonly provider: string;
  readonly region: string;
  /** When a sweep first found it missing, RFC 3339 UTC. `null` until the next sweep. */
  readonly since: string | null;
  /** Nobody follows these. A count of 1,000 means at least that many. `null` until the next sweep. */
  readonly openTasks: number | null;
  /** Tasks with an event that the bus has not accepted yet. `null` until the next sweep. */
  readonly pendingEvents: number | null;
}

export interface ConnectionsReport {
  readonly connections: readonly ConnectionState[];
  readonly unconfigured: readonly UnconfiguredTarget[];
}

interface ReportDependencies {
  readonly providers: readonly Provider[];
  readonly ledger: Ledger;
  /** By the connection's name in ids. */
  readonly rateOf: (connection: string) => TokenBucketRate;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Every configured target, in the order of the configuration, and what is left of others. Calls no provider. */
export async function reportConnections(deps: ReportDependencies): Promise<ConnectionsReport> {
  const { providers, ledger, signal } = deps;
  const targets = providers.map(({ target }) => target);
  const [reading, known] = await Promise.all([ledger.readTargets(targets, signal), readKnownTargets(deps)]);
  return {
    connections: providers.map((provider) => connectionState(provider, reading, deps)),
    unconfigured: withoutConfigured(known.list, targets).map(unconfiguredTarget),
  };
}

function unconfiguredTarget({ connection, provider, region, unconfigured }: KnownTarget): UnconfiguredTarget {
  const { sinceMs = null, openTasks = null, pendingEvents = null } = unconfigured ?? {};
  const since = sinceMs === null ? null : new Date(sinceMs).toISOString();
  return { connection, provider, region, since, openTasks, pendingEvents };
}

function connectionState(
  provider: Provider,
  { states, unreadable }: TargetReading,
  { rateOf, now }: ReportDependencies,
): ConnectionState {
  const { target, capabilities } = provider;
  const key = targetKey(target);
  const { batchSize, listsWithoutIds, reportsProgress, cancels } = capabilities;
  const { perSecond, burst } = rateOf(target.connection);
  const state: Partial<TargetState> = states.get(key) ?? (unreadable.has(key) ? unreadableState : {});
  const { lastSweptAtMs = null, lastSweepMs = null, checkpointMs = null } = state;
  const { lastError = null, clockSkewMs = null, unreadableItems = 0 } = state;
  return {
    connection: target.connection,
    name: presentName(provider),
    provider: target.provider,
    region: target.region,
    capabilities: { batchSize, listsWithoutIds, reportsProgress, cancels },
    rate: { perSecond, burst },
    lastSweptAt: lastSweptAtMs === null ? null : new Date(lastSweptAtMs).toISOString(),
    lastSweepSeconds: lastSweepMs === null ? null : Math.max(0, lastSweepMs) / 1000,
    behindSeconds: behindSeconds(checkpointMs, now()),
    lastError,
    clockSkewSeconds: clockSkewMs === null ? null : Math.round(clockSkewMs / 1000),
    unreadableItems,
  };
}

const unreadableState = {
  lastError: "the state of its sweeps cannot be read; the next sweep starts over",
  unreadableItems: 1,
};

/** A checkpoint in the future was written by a wrong clock, and says nothing about what is recorded. */
function behindSeconds(checkpointMs: number | null, nowMs: number): number | null {
  if (checkpointMs === null || isInFuture(checkpointMs, nowMs)) return null;
  return Math.max(0, Math.floor((nowMs - checkpointMs) / 1000));
}
