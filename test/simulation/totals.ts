import { createCrashTally } from "./crash-points.ts";
import type { PointCount } from "./crash-points.ts";
import { kindNames } from "./kinds.ts";
import type { KindName } from "./kinds.ts";
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
  readonly kinds: Record<KindName, KindCount>;
  events: number;
  copies: number;
  readonly points: Map<string, PointCount>;
}

interface KindCount {
  seeds: number;
  failing: number;
}

interface FailingSeed {
  readonly seed: number;
  readonly kind: KindName;
  readonly violations: readonly Violation[];
}

/** Further failing seeds are counted but not listed. */
const mostListed = 20;

export function emptyTotals(): Totals {
  return {
    seeds: 0,
    violations: { lost: 0, false: 0, duplicate: 0, illegal: 0, rate: 0, starved: 0, leak: 0, hung: 0 },
    failing: [],
    kinds: Object.fromEntries(kindNames.map((name) => [name, { seeds: 0, failing: 0 }])) as Totals["kinds"],
    events: 0,
    copies: 0,
    points: new Map(),
  };
}

export interface Batch {
  readonly firstSeed: number;
  readonly count: number;
  readonly variation: Variation;
  /** Instead of the kinds that the seeds have. */
  readonly kind?: KindName | undefined;
}

export async function runBatch({ firstSeed, count, variation, kind }: Batch): Promise<Totals> {
  const totals = emptyTotals();
  const crashes = createCrashTally();
  await runSeeds(seedsFrom(firstSeed, count), { variation, kind, crashes, withStory: false }, (result) => {
    addResult(totals, result);
    return true;
  });
  addPoints(totals, crashes.counts());
  return totals;
}

function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}

export function addResult(totals: Totals, { seed, kind, violations, events, copies }: SeedResult): void {
  totals.seeds += 1;
  totals.events += events;
  totals.copies += copies;
  totals.kinds[kind].seeds += 1;
  if (violations.length > 0) totals.kinds[kind].failing += 1;
  for (const kind of new Set(violations.map((violation) => violation.kind))) totals.violations[kind] += 1;
  if (violations.length > 0 && totals.failing.length < mostListed) totals.failing.push({ seed, kind, violations });
}

export function addPoints({ points }: Totals, counts: ReadonlyMap<string, PointCount>): void {
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
  for (const kind of kindNames) {
    sum.kinds[kind].seeds += more.kinds[kind].seeds;
    sum.kinds[kind].failing += more.kinds[kind].failing;
  }
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
    starved: violations.starved,
    crashPoints: points.size,
    minHitsPerCrashPoint: hits.length === 0 ? 0 : Math.min(...hits),
  };
}
