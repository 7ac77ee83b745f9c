import type { CrashTally } from "./crash-points.ts";
import { kindOf, kinds } from "./kinds.ts";
import type { KindName } from "./kinds.ts";
import { live } from "./live.ts";
import { startMs } from "./scenario.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createStore } from "./simulated-store.ts";
import type { Simulation } from "./simulation.ts";
import { createStory } from "./story.ts";
import { createSubjects } from "./subjects.ts";
import { createTimeline } from "./timeline.ts";
import type { Variation } from "./variation.ts";
import { createWitness } from "./witness.ts";
import type { Violation } from "./witness.ts";

export interface SeedOptions {
  readonly seed: number;
  /** Instead of the kind that the seed has. */
  readonly kind?: KindName | undefined;
  readonly variation: Variation;
  readonly crashes: CrashTally;
  readonly withStory: boolean;
}

export interface SeedResult {
  readonly seed: number;
  readonly kind: KindName;
  readonly violations: readonly Violation[];
  readonly events: number;
  /** Published events, including second copies. */
  readonly copies: number;
  readonly story: readonly string[];
}

/** The simulated world of one seed, stepped until it has a result. */
interface SeedRun {
  /** Runs the next planned event. */
  step(): void;
  result(): SeedResult | undefined;
}

function startSeed({ seed, kind, variation, crashes, withStory }: SeedOptions): SeedRun {
  const random = createSeededRandom(seed);
  const drawn = kinds[kind ?? kindOf(seed)].draw(random);
  const clocks = variation.clocks ?? drawn.clocks;
  const scenario = { ...drawn, clocks, faultPlan: { ...drawn.faultPlan, ...variation.faults } };
  const timeline = createTimeline(startMs);
  const store = createStore({ timeline });
  const story = withStory ? createStory(startMs) : undefined;
  const settings = variation.settings?.(scenario.settings) ?? scenario.settings;
  const subjects = createSubjects(scenario);
  // What counts as promised does not change with a variation.
  const witness = createWitness({ timeline, scenario, subjects, settings: scenario.settings, story, store });
  const { faultPlan, tasks } = scenario;
  const simulation: Simulation = { seed, random, timeline, faultPlan, witness, subjects, tasks, crashes, story };
  if (story !== undefined)
    for (const task of tasks) story.tell(startMs, { actor: "truth", action: JSON.stringify(task) });

  let ended = false;
  live({ simulation, store, scenario, settings, variation, memory: new Map() }).then(
    () => {
      ended = true;
    },
    (error: unknown) => {
      witness.accuse(
        "illegal",
        `the simulation itself failed: ${error instanceof Error ? error.stack : String(error)}`,
      );
      ended = true;
    },
  );
  return {
    step() {
      if (ended || timeline.step()) return;
      witness.accuse("hung", "nothing is running, but something is still being waited for");
      ended = true;
    },
    result() {
      if (!ended) return undefined;
      const { violations, onBus, copies } = witness;
      const lines = story?.lines ?? [];
      return { seed, kind: kind ?? kindOf(seed), violations, events: onBus.size, copies, story: lines };
    },
  };
}

/** How many worlds are interleaved, so that one turn of the event loop serves all of them. */
const sideBySide = 16;

/** Runs seeds concurrently; they share only the tally. Stops when `onResult` returns false. */
export async function runSeeds(
  seeds: Iterator<number>,
  options: Omit<SeedOptions, "seed">,
  onResult: (result: SeedResult) => boolean,
): Promise<void> {
  const running: SeedRun[] = [];
  let more = true;
  const fill = (): void => {
    while (more && running.length < sideBySide) {
      const next = seeds.next();
      if (next.done === true) more = false;
      else running.push(startSeed({ ...options, seed: next.value }));
    }
  };
  fill();
  while (running.length > 0) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let at = running.length - 1; at >= 0; at -= 1) {
      const run = running[at] as SeedRun;
      const result = run.result();
      if (result === undefined) {
        run.step();
        continue;
      }
      running.splice(at, 1);
      if (!onResult(result)) return;
    }
    fill();
  }
}

/** Runs a single seed. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const results: SeedResult[] = [];
  await runSeeds([options.seed].values(), options, (result) => {
    results.push(result);
    return true;
  });
  return results[0] as SeedResult;
}
