import type { SimulatedChance } from "./chance.ts";
import type { CloudName } from "./truth.ts";

/** How many faults occur, and when. None occur from `calmFromMs` on. */

export interface Outage {
  readonly what: CloudName | "store" | "bus";
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Weather {
  calmFromMs: number;
  /** Probability that a call has a fault. */
  readonly cloudFaults: number;
  readonly storeFaults: number;
  readonly busFaults: number;
  /** Probability that a sweep crashes at some point. */
  readonly crashes: number;
  readonly outages: Outage[];
}

export const calmest: Weather = {
  calmFromMs: 0,
  cloudFaults: 0,
  storeFaults: 0,
  busFaults: 0,
  crashes: 0,
  outages: [],
};

export function drawWeather(chance: SimulatedChance): Weather {
  const rate = () => chance.pick([0, 0.02, 0.07, 0.18]);
  return {
    calmFromMs: Infinity,
    cloudFaults: rate(),
    storeFaults: rate(),
    busFaults: rate(),
    crashes: chance.pick([0, 0.5, 0.9]),
    outages: [],
  };
}

export function isDown({ outages, calmFromMs }: Weather, what: Outage["what"], atMs: number): boolean {
  if (atMs >= calmFromMs) return false;
  for (const outage of outages) if (outage.what === what && atMs >= outage.fromMs && atMs < outage.toMs) return true;
  return false;
}
