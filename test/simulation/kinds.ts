import { drawAwaited } from "./kinds/awaited.ts";
import { drawFutureCheckpoint, drawSkew } from "./kinds/clocks.ts";
import { drawFinished } from "./kinds/finished.ts";
import { drawExpiry, drawLateRows, drawRestored } from "./kinds/history.ts";
import { drawOrdinary } from "./kinds/ordinary.ts";
import { drawPageCounts, drawPoisonedDetail, drawPoisonedRows, drawSlowDetails } from "./kinds/poison.ts";
import { drawConfiguration, drawIdentity, drawOverlap } from "./kinds/service.ts";
import { drawUnreadableItems } from "./kinds/unreadable-items.ts";
import type { Scenario } from "./scenario.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** The kinds of worlds. Rare kinds get a fixed share of the seeds, so that each is met often enough. */

export interface Kind {
  /** How many of every 1,000 seeds. */
  readonly share: number;
  draw(random: SeededRandom): Scenario;
}

const rareKinds = {
  skew: { share: 20, draw: drawSkew },
  "future-checkpoint": { share: 6, draw: drawFutureCheckpoint },
  restored: { share: 6, draw: drawRestored },
  "late-rows": { share: 10, draw: drawLateRows },
  "page-counts": { share: 3, draw: drawPageCounts },
  "poisoned-rows": { share: 5, draw: drawPoisonedRows },
  "poisoned-detail": { share: 2, draw: drawPoisonedDetail },
  "slow-details": { share: 1, draw: drawSlowDetails },
  finished: { share: 10, draw: drawFinished },
  expiry: { share: 2, draw: drawExpiry },
  overlap: { share: 5, draw: drawOverlap },
  configuration: { share: 8, draw: drawConfiguration },
  identity: { share: 6, draw: drawIdentity },
  awaited: { share: 8, draw: drawAwaited },
  "unreadable-items": { share: 6, draw: drawUnreadableItems },
} as const satisfies Record<string, Kind>;

export type KindName = "ordinary" | keyof typeof rareKinds;

export const kinds: Readonly<Record<KindName, Kind>> = {
  ordinary: { share: 1000 - sharesOf(Object.values(rareKinds)), draw: drawOrdinary },
  ...rareKinds,
};
export const kindNames = Object.keys(kinds) as KindName[];

function sharesOf(some: readonly Kind[]): number {
  return some.reduce((sum, { share }) => sum + share, 0);
}

/** Spreads the kinds, so that a short run meets the rare ones too. Prime to 1,000. */
const stride = 617;

export function kindOf(seed: number): KindName {
  let place = (seed * stride) % 1000;
  for (const name of kindNames) {
    place -= kinds[name].share;
    if (place < 0) return name;
  }
  return "ordinary";
}
