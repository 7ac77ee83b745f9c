import type { SimulatedChance } from "./chance.ts";
import type { CloudName } from "./truth.ts";

/** How much goes wrong, and when. After `calmFromMs` nothing does. */

export interface Outage {
  readonly what: CloudName | "store" | "bus";
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Weather {
  calmFromMs: number;
  /** Probability that one call meets a fault. */
  readonly cloudFaults: number;
  readonly storeFaults: number;
  readonly busFaults: number;
  /** Probability that a sweep crashes somewhere. */
  readonly crashes: number;
  readonly outages: Outage[];
}

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
