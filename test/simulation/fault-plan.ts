import { contentFaults } from "./clouds/view.ts";
import type { ContentFault } from "./clouds/view.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { CloudName } from "./truth.ts";

/** How many faults occur, and when. None occur from `faultFreeFromMs` on. */

export interface Outage {
  readonly what: CloudName | "store" | "bus";
  readonly fromMs: number;
  readonly toMs: number;
}

export interface FaultPlan {
  faultFreeFromMs: number;
  /** Probability that a call has a fault. */
  readonly cloudFaults: number;
  /** The only fault of the clouds, if not `null`. */
  readonly onlyFault: ContentFault | null;
  readonly storeFaults: number;
  readonly busFaults: number;
  /** Probability that a sweep crashes at some point. */
  readonly crashes: number;
  readonly outages: Outage[];
}

export function drawFaultPlan(random: SeededRandom): FaultPlan {
  const rate = () => random.pick([0, 0.02, 0.07, 0.18]);
  return {
    faultFreeFromMs: Infinity,
    cloudFaults: rate(),
    onlyFault: random.happens(0.05) ? random.pick(contentFaults) : null,
    storeFaults: rate(),
    busFaults: rate(),
    crashes: random.pick([0, 0.5, 0.9]),
    outages: [],
  };
}

export function quietPlan(faultFreeFromMs: number): FaultPlan {
  return { faultFreeFromMs, cloudFaults: 0, onlyFault: null, storeFaults: 0, busFaults: 0, crashes: 0, outages: [] };
}

/** True if nothing fails but what is planned: no random faults and no crashes. */
export function isQuiet({ cloudFaults, storeFaults, busFaults, crashes }: FaultPlan): boolean {
  return cloudFaults + storeFaults + busFaults + crashes === 0;
}

export function isDown({ outages, faultFreeFromMs }: FaultPlan, what: Outage["what"], atMs: number): boolean {
  if (atMs >= faultFreeFromMs) return false;
  for (const outage of outages) if (outage.what === what && atMs >= outage.fromMs && atMs < outage.toMs) return true;
  return false;
}
