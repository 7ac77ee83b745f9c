import { createCrashTally } from "./crash-points.ts";
import type { PointCount } from "./crash-points.ts";
import { runSeeds } from "./run-seed.ts";
import type { SeedResult } from "./run-seed.ts";
import type { Variation } from "./variation.ts";
import { violationKinds } from "./witness.ts";
import type { Violation, ViolationKind } from "./witness.ts";

/** The combined results of a number of seeds. */
export interface Totals {
  seeds: number;
  /** Seeds with at least one violation of that kind. */
  readonly violations: Record<ViolationKind, number>;
  readonly failing: FailingSeed[];
  events: number;
  copies: number;
  readonly points: Map<string, PointCount>;
}

interface FailingSeed {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

/** Further failing seeds are counted but not listed. */
const mostListed = 20;

export function emptyTotals(): Totals {
  return {
    seeds: 0,
    violations: { lost: 0, false: 0, duplicate: 0, illegal: 0, rate: 0, leak: 0, hung: 0 },
    failing: [],
    events: 0,
    copies: 0,
    points: new Map(),
  };
}

export interface Batch {
  readonly firstSeed: number;
  readonly count: number;
  readonly variation: Variation;
  /** Stops at the first failing seed. */
  readonly untilCaught: boolean;
}

export async function runBatch({ firstSeed, count, variation, untilCaught }: Batch): Promise<Totals> {
  const totals = emptyTotals();
  const crashes = createCrashTally();
  await runSeeds(seedsFrom(firstSeed, count), { variation, crashes, withStory: false }, (result) => {
    addResult(totals, result);
    return !(untilCaught && result.violations.length > 0);
  });
  addPoints(totals, crashes.counts());
  return totals;
}

function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}

function addResult(totals: Totals, { seed, violations, events, copies }: SeedResult): void {
  totals.seeds += 1;
  totals.events += events;
  totals.copies += copies;
  for (const kind of new Set(violations.map((violation) => violation.kind))) totals.violations[kind] += 1;
  if (violations.length > 0 && totals.failing.length < mostListed) totals.failing.push({ seed, violations });
}

function addPoints({ points }: Totals, counts: ReadonlyMap<string, PointCount>): void {
  for (const [point, { visits, crashes }] of counts) {
    const known = points.get(point) ?? { visits: 0, crashes: 0 };
    points.set(point, { visits: known.visits + visits, crashes: known.crashes + crashes });
  }
}

export function addTotals(sum: Totals, more: Totals): void {
  sum.seeds += more.seeds;
  sum.events += more.events;
  sum.copies += more.copies;
  for (const kind of violationKinds) sum.violations[kind] += more.violations[kind];
  sum.failing.push(...more.failing.slice(0, mostListed - sum.failing.length));
  addPoints(sum, more.points);
}

export function isClean({ violations }: Totals): boolean {
  return violationKinds.every((kind) => violations[kind] === 0);
}

/** The last line of the output. Every kind of violation is part of one of its counts. */
export function summaryOf({ seeds, violations, points }: Totals): Record<string, number> {
  const hits = [...points.values()].map(({ crashes }) => crashes);
  return {
    seeds,
    lost: violations.lost,
    false: violations.false,
    duplicatesAfterDedup: violations.duplicate,
    illegal: violations.illegal + violations.leak + violations.hung,
    rateBreaches: violations.rate,
    crashPoints: points.size,
    minHitsPerCrashPoint: hits.length === 0 ? 0 : Math.min(...hits),
  };
}
