/** All points where a process can crash: right before a call takes effect, and right before its response is read. */

export interface CrashTally {
  at(phase: string, kind: string): PointPair;
  /** All points ever passed. */
  counts(): Map<string, PointCount>;
}

export interface PointCount {
  visits: number;
  crashes: number;
}

export interface Point extends PointCount {
  readonly name: string;
  readonly rarity: number;
}

interface PointPair {
  readonly before: Point;
  readonly after: Point;
}

export function createCrashTally(): CrashTally {
  const pairs = new Map<string, Map<string, PointPair>>();
  const make = (name: string): Point => ({ name, rarity: rarityOf(name), visits: 0, crashes: 0 });
  return {
    at(phase, kind) {
      let ofPhase = pairs.get(phase);
      if (ofPhase === undefined) pairs.set(phase, (ofPhase = new Map()));
      let pair = ofPhase.get(kind);
      if (pair === undefined) {
        const name = `${phase} ${kind}`;
        ofPhase.set(kind, (pair = { before: make(`${name}:before`), after: make(`${name}:after`) }));
      }
      return pair;
    },
    counts() {
      const all = [...pairs.values()].flatMap((ofPhase) => [...ofPhase.values()]);
      const passed = all.flatMap(({ before, after }) => [before, after]).filter(({ visits }) => visits > 0);
      return new Map(passed.map(({ name, visits, crashes }) => [name, { visits, crashes }]));
    },
  };
}

/** Where a process crashes: at its n-th point, or with some probability at each rare point. */
export type CrashPlan = { readonly nth: number } | "at a rare point" | "at a very rare point";

/** Points with at least this probability are very rare. */
export const veryRare = 0.3;

const rare: ReadonlyMap<string, number> = new Map([
  ["ledger.writeTask(vanished)", 0.6],
  ["ledger.writeTask(back again)", 0.5],
  ["ledger.writeTask(missed)", 0.3],
  ["ledger.writeTask(stalled)", 0.3],
  ["ledger.writeTask(requested)", 0.3],
  ["ledger.writeTask(untracked)", 0.2],
  ["ledger.writeTask(moved)", 0.15],
  ["ledger.writeTask(ended)", 0.15],
  ["ledger.writeTask(delivered)", 0.15],
  ["ledger.writeTask(first sight)", 0.1],
  ["ledger.writeTask(ended at first sight)", 0.1],
  ["bus.publish", 0.1],
  ["transport.DescribeTaskAttribute", 0.1],
  ["transport.DescribeCustomImageTask", 0.1],
]);

/** @param point for example `discover ledger.readTasks:before` */
function rarityOf(point: string): number {
  const [, phase = "", kind = ""] = /^(http|publish due|wait|[a-z]+) (.*):(?:before|after)$/.exec(point) ?? [];
  // These are passed several times on the way to rarer points.
  if (phase === "wait" && kind !== "caller") return 0.25;
  if (phase === "http" && kind === "ledger.writeTask(moved)") return 0.5;
  if (phase === "http") return Math.max(veryRare, rare.get(kind) ?? 0);
  if (phase === "publish due" && kind !== "ledger.dueEvents") return rare.get(kind) ?? 0.15;
  return rare.get(kind) ?? 0;
}
