import type { Capabilities, Provider } from "../domain/provider.ts";
import type { TargetState } from "../domain/record.ts";
import { targetKey } from "../domain/task.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { TokenBucketRate } from "../transport/token-bucket.ts";

/** One connection in one region, and the state of its sweeps. */
interface ConnectionState {
  readonly connection: string;
  readonly provider: string;
  readonly region: string;
  readonly capabilities: Capabilities;
  /** The budget of calls to each of the provider's APIs. */
  readonly rate: TokenBucketRate;
  /** When its last sweep ended, RFC 3339 UTC. */
  readonly lastSweptAt: string | null;
  readonly lastSweepSeconds: number | null;
  /** Whole seconds since the checkpoint: every task created before it is recorded. */
  readonly behindSeconds: number | null;
  /** The first problem of its last sweep. */
  readonly lastError: string | null;
}

export interface ConnectionsReport {
  readonly connections: readonly ConnectionState[];
}

interface ReportDependencies {
  readonly providers: readonly Provider[];
  readonly ledger: Ledger;
  /** By the connection's name. */
  readonly rateOf: (connection: string) => TokenBucketRate;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Every configured target, in the order of the configuration. Calls no provider. */
export async function reportConnections(deps: ReportDependencies): Promise<ConnectionsReport> {
  const { providers, ledger, signal } = deps;
  const states = await ledger.readTargets(
    providers.map(({ target }) => target),
    signal,
  );
  return {
    connections: providers.map((provider) => connectionState(provider, states.get(targetKey(provider.target)), deps)),
  };
}

function connectionState(
  { target, capabilities }: Provider,
  state: TargetState | undefined,
  { rateOf, now }: ReportDependencies,
): ConnectionState {
  const { batchSize, listsWithoutIds, reportsProgress, cancels } = capabilities;
  const { perSecond, burst } = rateOf(target.connection);
  const { lastSweptAtMs = null, lastSweepMs = null, checkpointMs = null, lastError = null } = state ?? {};
  return {
    connection: target.connection,
    provider: target.provider,
    region: target.region,
    capabilities: { batchSize, listsWithoutIds, reportsProgress, cancels },
    rate: { perSecond, burst },
    lastSweptAt: lastSweptAtMs === null ? null : new Date(lastSweptAtMs).toISOString(),
    lastSweepSeconds: lastSweepMs === null ? null : Math.max(0, lastSweepMs) / 1000,
    // The checkpoint may lie in the future, written by a machine whose clock runs ahead.
    behindSeconds: checkpointMs === null ? null : Math.max(0, Math.floor((now() - checkpointMs) / 1000)),
    lastError,
  };
}
