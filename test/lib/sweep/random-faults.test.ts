import { describe, expect, test } from "vitest";
import { sweepTarget } from "../../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../../lib/sweep/target-sweep.ts";
import { explain } from "../../fakes/explain.ts";
import { createFaultyWorld, makeFaulty, seededRandom } from "../../fakes/fault-schedule.ts";
import type { Faults } from "../../fakes/fault-schedule.ts";
import { ignoreLeases } from "../../fakes/lease-blind-ledger.ts";
import { createMemoryLedger } from "../../fakes/memory-ledger.ts";
import { createRecordingBus } from "../../fakes/recording-bus.ts";
import type { RecordingBus } from "../../fakes/recording-bus.ts";
import { createScriptedCloud } from "../../fakes/scripted-cloud.ts";
import type { ScriptedCloud, ScriptedState } from "../../fakes/scripted-cloud.ts";
import { benchLeaseMs, createSweepClock, minute, noon } from "../../fakes/sweep-bench.ts";

const runs = 500;
const faultySweeps = 12;
const endings = ["succeeded", "failed", "canceled", "gone", undefined] as const;

/** How a task ends; `undefined` if it does not. */
type Ending = (typeof endings)[number];

function scriptTask(random: () => number): { createdAtMs: number; states: ScriptedState[]; ending: Ending } {
  const pick = (ms: number) => Math.floor(random() * ms);
  const createdAtMs = noon - 30 * minute + pick(45 * minute);
  const ending = endings[pick(endings.length)];
  const states: ScriptedState[] = [
    { status: "pending", fromMs: createdAtMs },
    { status: "running", fromMs: createdAtMs + pick(10 * minute), percent: 5 },
    { status: "running", fromMs: createdAtMs + 10 * minute, percent: 60 },
  ];
  if (ending !== undefined) states.push({ status: ending, fromMs: createdAtMs + 10 * minute + pick(20 * minute) });
  return { createdAtMs, states, ending };
}

interface Outcome {
  readonly bus: RecordingBus;
  readonly cloud: ScriptedCloud;
  readonly endings: ReadonlyMap<string, Ending>;
  /** The records of all tasks ever seen. */
  readonly left: { readonly known: ReadonlySet<string>; readonly pending: number };
}

async function runOnce(seed: number): Promise<Outcome> {
  const random = seededRandom(seed);
  const clock = createSweepClock();
  const batchSize = 1 + Math.floor(random() * 5);
  const cloud = createScriptedCloud(clock, { detailed: random() < 0.5, batchSize, pageSize: 3 });
  const bus = createRecordingBus();
  const ledger = createMemoryLedger();
  let nonces = 0;
  const nonce = (): string => `nonce-${(nonces += 1)}`;
  // From sweeps that mostly succeed to sweeps that mostly fail.
  const faults: Faults = { random, rate: [0.02, 0.05, 0.15][seed % 3] ?? 0 };
  const scripted = new Map<string, Ending>();
  for (let n = Math.floor(random() * 7); n >= 0; n -= 1) {
    const { ending, ...script } = scriptTask(random);
    cloud.tasks.set(`t-${n}`, script);
    scripted.set(`t-${n}`, ending);
  }
  makeFaulty(cloud, faults);

  const seesLeases = random() < 0.5;
  const sweepOnce = async () => {
    const { signal, ...faulty } = createFaultyWorld(
      { ledger: seesLeases ? ledger : ignoreLeases(ledger), bus },
      faults,
    );
    const settings = { ...defaultSweepSettings, overlapMs: 20 * minute, leaseMs: benchLeaseMs };
    const deps = { ...faulty, explain, clock, random: { next: random, nonce }, settings };
    await sweepTarget(cloud, deps, { signal, stopAtMs: clock.now() + 5 * minute });
  };
  for (let n = 0; n < faultySweeps; n += 1) {
    await Promise.all(Array.from({ length: random() < 0.25 ? 3 : 1 }, sweepOnce));
    await clock.advance(minute + Math.floor(random() * 3 * minute));
  }
  faults.rate = 0;
  for (const waitMs of [20, 6, 6, 6, 6, 70, 70]) {
    await clock.advance(waitMs * minute);
    await sweepOnce();
  }
  const ids = [...scripted.keys()].map((nativeId) => `aliyun:cn-hangzhou:${nativeId}`);
  const records = [...(await ledger.readTasks(ids, new AbortController().signal)).records.values()];
  const known = new Set(records.map(({ task }) => task.nativeId));
  return { bus, cloud, endings: scripted, left: { known, pending: records.flatMap(({ pending }) => pending).length } };
}

/** Distinct event ids of a kind, by native id. */
function distinctIds({ bus }: Outcome, kind: string, nativeId: string): number {
  const told = bus.events.filter(({ detail }) => {
    return detail.type === `image-tasks.task.${kind}` && detail.data.task.nativeId === nativeId;
  });
  return new Set(told.map(({ detail }) => detail.id)).size;
}

function problemsOf(outcome: Outcome): string[] {
  const { bus, endings: scripted, left } = outcome;
  const problems: string[] = [];
  for (const [nativeId, ending] of scripted) {
    const gone = ending === "gone";
    const completions = ending === undefined || gone ? 0 : 1;
    const vanishings = gone && left.known.has(nativeId) ? 1 : 0;
    const told = {
      completed: distinctIds(outcome, "completed", nativeId),
      vanished: distinctIds(outcome, "vanished", nativeId),
    };
    if (told.completed !== completions) problems.push(`${nativeId} (${ending}) was completed ${told.completed} times`);
    if (told.vanished !== vanishings) problems.push(`${nativeId} (${ending}) vanished ${told.vanished} times`);
  }
  for (const copies of Map.groupBy(bus.events, ({ detail }) => detail.id).values()) {
    const texts = new Set(copies.map((event) => JSON.stringify(event)));
    if (texts.size > 1) problems.push(`copies of ${copies[0]?.detail.id} differ`);
  }
  if (left.pending > 0) problems.push(`${left.pending} events are still pending`);
  return problems;
}

describe("sweepTarget()", () => {
  test(
    `emits one event per completion under ${runs} schedules of faults, crashes, and overlaps`,
    { timeout: 60_000 },
    async () => {
      let copies = 0;
      let distinct = 0;
      for (let seed = 1; seed <= runs; seed += 1) {
        const outcome = await runOnce(seed);
        expect(problemsOf(outcome), `seed ${seed}`).toEqual([]);
        copies += outcome.bus.events.length;
        distinct += new Set(outcome.bus.events.map(({ detail }) => detail.id)).size;
      }
      // The faults had an effect: there were second copies and many completions.
      expect(distinct).toBeGreaterThan(runs);
      expect(copies).toBeGreaterThan(distinct * 1.05);
    },
  );
});
