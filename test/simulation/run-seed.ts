import type { CrashPlan, CrashTally } from "./crash-points.ts";
import { createProcess } from "./process.ts";
import { drawScenario, startMs } from "./scenario.ts";
import type { Slot } from "./scenario.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createStore } from "./simulated-store.ts";
import type { Store } from "./simulated-store.ts";
import type { Simulation } from "./simulation.ts";
import { createStory } from "./story.ts";
import { createProgram, runSweep } from "./sweeper.ts";
import type { Program, ProgramPlan } from "./sweeper.ts";
import { createTimeline } from "./timeline.ts";
import { runTrackRequest } from "./tracker.ts";
import { isVisible } from "./truth.ts";
import type { TrueTask } from "./truth.ts";
import type { Variation } from "./variation.ts";
import { judgeTheEnd } from "./verdict.ts";
import { createWitness } from "./witness.ts";
import type { Violation } from "./witness.ts";

export interface SeedOptions {
  readonly seed: number;
  readonly variation: Variation;
  readonly crashes: CrashTally;
  readonly withStory: boolean;
}

export interface SeedResult {
  readonly seed: number;
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

function startSeed({ seed, variation, crashes, withStory }: SeedOptions): SeedRun {
  const random = createSeededRandom(seed);
  const scenario = drawScenario(random);
  const timeline = createTimeline(startMs);
  const store = createStore({ timeline });
  const story = withStory ? createStory(startMs) : undefined;
  const settings = variation.settings?.(scenario.settings) ?? scenario.settings;
  const witness = createWitness({
    timeline,
    tasks: new Map(scenario.tasks.map((task) => [task.id, task])),
    settings,
    budget: scenario.budget,
    story,
    recordOf: store.recordOf,
    wasMisshown: (_task: TrueTask, fromMs) => scenario.faultPlan.cloudFaults > 0 && fromMs < scenario.faultFreeFromMs,
  });
  const { faultPlan, tasks } = scenario;
  const simulation: Simulation = { seed, random, timeline, faultPlan, witness, tasks, crashes, story };
  const plan: ProgramPlan = { simulation, store, scenario, settings, variation };
  if (story !== undefined)
    for (const task of tasks) story.tell(startMs, { actor: "truth", action: JSON.stringify(task) });

  let ended = false;
  live(plan).then(
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
      return { seed, violations, events: onBus.size, copies, story: story?.lines ?? [] };
    },
  };
}

async function live(plan: ProgramPlan): Promise<void> {
  const { simulation, scenario, store } = plan;
  const { timeline, story } = simulation;
  let names = 0;
  const start = (kind: string): Program => {
    names += 1;
    const skewMs = scenario.skewMs + simulation.random.int(-2_000, 2_000);
    return createProgram(plan, createProcess(simulation, `${kind}-${names}`, skewMs));
  };
  const sleepUntil = (atMs: number): Promise<void> =>
    new Promise((resolve) => timeline.after(atMs - timeline.now(), resolve));

  for (const request of scenario.requests) {
    timeline.after(request.atMs - timeline.now(), () => {
      const program = start("http");
      program.process.crashPlan = drawCrash(simulation);
      void runTrackRequest(request, program, simulation);
    });
  }
  const warm = { current: undefined as Program | undefined };
  for (const slot of scenario.slots) {
    await sleepUntil(slot.atMs);
    startSlot(slot, { simulation, start, warm });
  }
  await sleepUntil(scenario.faultFreeFromMs);
  story?.tell(timeline.now(), { actor: "faults", action: "stop from now on" });
  if (simulation.tasks.some((task) => isComingBack(task, plan))) {
    // Most reappearing tasks are found during this time, and only a sweep that finds one can crash while writing it.
    for (const kind of ["sweep", "sweep"]) {
      const doomed = start(kind);
      doomed.process.crashPlan = "at a very rare point";
      void runSweep(doomed, { limitMs: 300_000, reserveMs: 15_000, abortReserveMs: 3_000 }, simulation);
      await sleepUntil(timeline.now() + 6 * 60_000);
    }
  }
  const last = start("sweep");
  const thorough = simulation.random.happens(0.05);
  for (const pauseMs of [0, longestPostponementMs, longestPostponementMs]) {
    // An event that an earlier sweep could not deliver is not sent again before it is due.
    if (pauseMs > 0 && !thorough && !isAnythingPending(store)) break;
    await sleepUntil(timeline.now() + pauseMs);
    const reports = await runSweep(last, { limitMs: 300_000, reserveMs: 15_000, abortReserveMs: 3_000 }, simulation);
    for (const { target, problems, finished } of reports ?? []) {
      if (problems.length === 0 && finished) continue;
      simulation.witness.accuse("illegal", `${target}: a sweep without faults failed: ${JSON.stringify(problems)}`);
    }
    if (reports === undefined) simulation.witness.accuse("hung", "a sweep without faults did not end");
  }
  judgeTheEnd(simulation, { store, thorough, settings: plan.settings, ourNowMs: last.process.now() });
}

function isComingBack(task: TrueTask, { simulation, store }: ProgramPlan): boolean {
  return store.recordOf(task.id)?.task.status === "vanished" && isVisible(task, simulation.timeline.now());
}

const longestPostponementMs = 62 * 60_000;

function isAnythingPending(store: Store): boolean {
  for (const { record } of store.all()) if (record !== undefined && record.pending.length > 0) return true;
  return false;
}

interface SlotWorld {
  readonly simulation: Simulation;
  start(kind: string): Program;
  /** The process that last ended a sweep normally; the platform reuses it. */
  readonly warm: { current: Program | undefined };
}

function startSlot({ startsAfterMs, limitMs }: Slot, { simulation, start, warm }: SlotWorld): void {
  const reserveMs = Math.min(15_000, limitMs / 2);
  for (const afterMs of startsAfterMs) {
    simulation.timeline.after(afterMs, () => {
      const program = warm.current ?? start("sweep");
      warm.current = undefined;
      program.process.crashPlan = drawCrash(simulation);
      void runSweep(program, { limitMs, reserveMs, abortReserveMs: Math.min(3_000, limitMs / 10) }, simulation).then(
        () => {
          if (!program.process.dead) warm.current = program;
        },
      );
    });
  }
}

function drawCrash({ random, faultPlan }: Simulation): CrashPlan | undefined {
  // So few processes pass a very rare point that a plan for one changes nothing in most seeds.
  if (random.happens(0.4)) return "at a very rare point";
  if (!random.happens(faultPlan.crashes)) return undefined;
  return random.pick([{ nth: random.int(1, 24) }, "at a rare point", "at a very rare point"]);
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
