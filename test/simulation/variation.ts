import type { PutEventsCommandOutput } from "@aws-sdk/client-eventbridge";
import type { Provider } from "../../lib/domain/provider.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { SweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { FaultPlan } from "./fault-plan.ts";

/**
 * What a deliberately broken variant of the sweep does differently: wrappers around its arguments, no changes inside.
 */
export interface Variation {
  /** Faults that show it more often. */
  readonly faults?: Partial<FaultPlan>;
  settings?(settings: SweepSettings): SweepSettings;
  provider?(provider: Provider): Provider;
  ledger?(ledger: Ledger, nowMs: () => number): Ledger;
  busAnswer?(answer: PutEventsCommandOutput, entries: number): PutEventsCommandOutput;
}
