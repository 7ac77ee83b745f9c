import type { RateShare } from "../../lib/config/rate-share.ts";
import type { TargetReport } from "../../lib/sweep/target-sweep.ts";
import type { CrashPlan } from "./crash-points.ts";
import { planDamages } from "./damages.ts";
import { isQuiet } from "./fault-plan.ts";
import { createProcess } from "./process.ts";
import { configurationAt, skewAt, startMs } from "./scenario.ts";
import type { Slot } from "./scenario.ts";
import type { Copy, Store } from "./simulated-store.ts";
import type { Simulation } from "./simulation.ts";
import { createProgram, runSweep } from "./sweeper.ts";
import type { Program, ProgramPlan } from "./sweeper.ts";
import { runTrackRequest } from "./tracker.ts";
import { isVisible } from "./truth.ts";
import type { TrueTask } from "./truth.ts";
import { judgeTheEnd } from "./verdict.ts";

/** The life of one world: its sweeps and requests, its faults, and then a fault-free period. */
export async function live(plan: ProgramPlan): Promise<void> {
  const { simulation, scenario, store } = plan;
  const { timeline, story } = simulation;
  let names = 0;
  const start = (kind: RateShare): Program => {
    names += 1;
    const ownMs = simulation.random.int(-2_000, 2_000);
    const skewMs = (): number => skewAt(scenario.clocks, timeline.now()) + ownMs;
    return createProgram(plan, createProcess(simulation, `${kind}-${names}`, skewMs), kind);
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
  planRestores(plan);
  planDamages(plan);
  const warm: Warm = { current: undefined };
  let deployed = configurationAt(scenario, startMs);
  for (const slot of scenario.slots) {
    await sleepUntil(slot.atMs);
    if (scenario.expiry) store.expire();
    const configuration = configurationAt(scenario, timeline.now());
    if (configuration !== deployed) warm.current = undefined;
    deployed = configuration;
    startSlot(slot, { simulation, start, warm });
  }
  await sleepUntil(scenario.faultFreeFromMs);
  story?.tell(timeline.now(), { actor: "faults", action: "stop from now on" });
  if (!isQuiet(simulation.faultPlan) && simulation.tasks.some((task) => isComingBack(task, plan))) {
    // Most reappearing tasks are found during this time, and only a sweep that finds one can crash while writing it.
    for (const kind of ["sweep", "sweep"] as const) {
      const doomed = start(kind);
      doomed.process.crashPlan = "at a very rare point";
      void runSweep(doomed, { limitMs: 300_000, reserveMs: 15_000, abortReserveMs: 3_000 }, simulation);
      await sleepUntil(timeline.now() + 6 * 60_000);
    }
  }
  await endCalmly(start("sweep"), plan, sleepUntil);
}

async function endCalmly(
  last: Program,
  { simulation, scenario, store, settings }: ProgramPlan,
  sleepUntil: (atMs: number) => Promise<void>,
): Promise<void> {
  const { timeline, witness, subjects } = simulation;
  const thorough = scenario.calmPausesMs !== null || simulation.random.happens(0.05);
  let [lastSweepMs, lastReports]: [number, readonly TargetReport[]] = [timeline.now(), []];
  for (const pauseMs of scenario.calmPausesMs ?? [0, longestPostponementMs, longestPostponementMs]) {
    // An event that an earlier sweep could not deliver is not sent again before it is due.
    if (pauseMs > 0 && !thorough && !isAnythingPending(store)) break;
    await sleepUntil(timeline.now() + pauseMs);
    lastSweepMs = timeline.now();
    const reports = await runSweep(last, { limitMs: 300_000, reserveMs: 15_000, abortReserveMs: 3_000 }, simulation);
    for (const { target, finished, ...report } of reports ?? []) {
      // An item that cannot be read is reported in every sweep that meets it.
      const problems = report.problems.filter(
        ({ kind }) => scenario.damages.length === 0 || kind !== "unreadable-item",
      );
      if ((problems.length === 0 && finished) || isProblemExpected(target, { simulation, scenario })) continue;
      witness.accuse("illegal", `${target}: a sweep without faults failed: ${JSON.stringify(problems)}`);
    }
    if (reports === undefined) witness.accuse("hung", "a sweep without faults did not end");
    lastReports = reports ?? lastReports;
  }
  const ourNowMs = last.process.now();
  judgeTheEnd(simulation, { store, scenario, subjects, thorough, settings, ourNowMs, lastSweepMs, lastReports });
}

/** Rows that cannot be read, counts above the rows, and targets that are not configured are reported in every sweep. */
function isProblemExpected(target: string, { simulation, scenario }: Pick<ProgramPlan, "simulation" | "scenario">) {
  if (scenario.connections.some(({ counts }) => counts === "all tasks")) return true;
  if (!simulation.subjects.isConfigured(target, simulation.timeline.now())) return true;
  return scenario.tasks.some(({ poison }) => poison !== null && !/^(?:large|many|huge) /.test(poison.kind));
}

/** Each restore goes back to a copy that is made when the copied state is current. */
function planRestores({ simulation: { timeline, witness, story }, scenario, store }: ProgramPlan): void {
  for (const { atMs, backToMs } of scenario.restores) {
    let copy: Copy = new Map();
    timeline.after(backToMs - timeline.now(), () => {
      copy = store.copy();
    });
    timeline.after(atMs - timeline.now(), () => {
      // The first look-back would start over in a store that no sweep has written to.
      if (![...copy.values()].some(({ item }) => typeof item["checkpointMs"] === "number")) return;
      story?.tell(timeline.now(), { actor: "store", action: "goes back to an earlier copy" });
      store.restore(copy);
      const records = [...copy].flatMap(([id, { record }]) => (record === undefined ? [] : [[id, record] as const]));
      witness.restored(new Map(records));
    });
  }
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
  start(kind: RateShare): Program;
  readonly warm: Warm;
}

/** The process that last ended a sweep normally; the platform reuses it. */
interface Warm {
  current: Program | undefined;
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
  if (isQuiet(faultPlan)) return undefined;
  // So few processes pass a very rare point that a plan for one changes nothing in most seeds.
  if (random.happens(0.4)) return "at a very rare point";
  if (!random.happens(faultPlan.crashes)) return undefined;
  return random.pick([{ nth: random.int(1, 24) }, "at a rare point", "at a very rare point"]);
}
