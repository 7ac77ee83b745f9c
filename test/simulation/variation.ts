import type { PutEventsCommandOutput } from "@aws-sdk/client-eventbridge";
import type { Provider } from "../../lib/domain/provider.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { SweepSettings } from "../../lib/sweep/target-sweep.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { ClockPlan } from "./scenario.ts";

/**
 * What a deliberately broken variant of the sweep does differently: wrappers around its arguments, no changes inside.
 */
export interface Variation {
  /** Faults that show it more often. */
  readonly faults?: Partial<FaultPlan>;
  /** Clocks that show it more often. */
  readonly clocks?: readonly ClockPlan[];
  settings?(settings: SweepSettings): SweepSettings;
  /** True if processes do not share their rate. */
  readonly ratesPerProcess?: boolean;
  provider?(provider: Provider): Provider;
  /** `memory` lasts as long as the seed, outside of the store. */
  ledger?(ledger: Ledger, nowMs: () => number, memory: Map<string, number>): Ledger;
  busAnswer?(answer: PutEventsCommandOutput, entries: number): PutEventsCommandOutput;
}
