import type { TaskRecord } from "../../lib/domain/record.ts";
import { taskId } from "../../lib/domain/task.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { createDetailReader } from "../../lib/sweep/detail-reader.ts";
import { sweepTarget } from "../../lib/sweep/sweep.ts";
import { defaultSweepSettings } from "../../lib/sweep/target-sweep.ts";
import type {
  SweepRun,
  SweepSettings,
  SweepDependencies,
  TargetReport,
  TargetSweep,
} from "../../lib/sweep/target-sweep.ts";
import { countCalls } from "./counting-ledger.ts";
import type { LedgerCounts } from "./counting-ledger.ts";
import { explain } from "./explain.ts";
import { createManualClock } from "./manual-clock.ts";
import type { ManualClock } from "./manual-clock.ts";
import { createRecordingBus } from "./recording-bus.ts";
import type { RecordingBus } from "./recording-bus.ts";
import { createScriptedCloud } from "./scripted-cloud.ts";
import type { CloudOptions, ScriptedCloud, ScriptedState } from "./scripted-cloud.ts";
import type { SweepLedger } from "./sweep-ledgers.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const noon = Date.parse("2026-01-31T12:00:00.000Z");

export interface SweepBench {
  readonly clock: ManualClock;
  readonly cloud: ScriptedCloud;
  readonly bus: RecordingBus;
  readonly ledger: Ledger;
  readonly deps: SweepDependencies;
  readonly counts: LedgerCounts;
  /** Adds a task created `agoMs` ago with these states. */
  task(nativeId: string, agoMs: number, ...states: ScriptedState[]): void;
  /** Changes the task's state from now on. */
  turn(nativeId: string, state: ScriptedState): void;
  sweep(run?: Partial<SweepRun>): Promise<TargetReport>;
  /** Sweeps once a minute for this long. */
  sweepFor(ms: number): Promise<void>;
  record(nativeId: string): Promise<TaskRecord | undefined>;
  status(nativeId: string): Promise<string | undefined>;
  checkpointMs(): Promise<number | null | undefined>;
  /** The published events, as `<kind> <native id> <status>`. */
  told(): string[];
}

export interface BenchOptions extends CloudOptions {
  readonly settings?: Partial<SweepSettings>;
  readonly wrapLedger?: (ledger: Ledger) => Ledger;
  /** Default: always 0.5. */
  readonly random?: () => number;
}

const signal = new AbortController().signal;

/** Unusual on purpose, so that the sleeps between its renewals can be recognized. */
export const benchLeaseMs = 90_003;

/** An automatic clock that does not jump to the next renewal of a lease while the ledger is answering. */
export function createSweepClock(): ManualClock {
  return createManualClock(noon, { autoAdvance: true, backgroundSleepMs: benchLeaseMs / 3 });
}

/** A cloud, a real ledger, and a bus for one target, at noon. */
export function createSweepBench(table: SweepLedger, options: BenchOptions = {}): SweepBench {
  const clock = createSweepClock();
  const cloud = createScriptedCloud(clock, options);
  const bus = createRecordingBus();
  const { wrapLedger = (ledger: Ledger) => ledger, random = () => 0.5 } = options;
  let nonces = 0;
  const nonce = (): string => `nonce-${(nonces += 1)}`;
  const { ledger, counts } = countCalls(wrapLedger(table.ledger(clock)));
  const settings = { ...defaultSweepSettings, leaseMs: benchLeaseMs, ...options.settings };
  const deps = { ledger, bus, explain, clock, random: { next: random, nonce }, settings };
  const bench: SweepBench = {
    clock,
    cloud,
    bus,
    ledger,
    deps,
    counts,
    task(nativeId, agoMs, ...states) {
      cloud.tasks.set(nativeId, { createdAtMs: clock.now() - agoMs, states });
    },
    turn(nativeId, state) {
      const task = cloud.tasks.get(nativeId);
      if (task === undefined) throw new Error(`there is no ${nativeId}`);
      cloud.tasks.set(nativeId, { ...task, states: [...task.states, { ...state, fromMs: clock.now() }] });
    },
    sweep: (run = {}) => sweepTarget(cloud, deps, { signal, stopAtMs: clock.now() + 5 * minute, ...run }),
    async sweepFor(ms) {
      for (let left = ms; left > 0; left -= minute) {
        await bench.sweep();
        await clock.advance(minute);
      }
    },
    async record(nativeId) {
      const id = taskId(cloud.target, nativeId);
      return (await ledger.readTasks([id], signal)).records.get(id);
    },
    status: async (nativeId) => (await bench.record(nativeId))?.task.status,
    checkpointMs: async () => (await ledger.readTarget(cloud.target, signal))?.checkpointMs,
    told: () =>
      bus.events.map(
        ({ detail: { type, data } }) => `${type.split(".").at(-1)} ${data.task.nativeId} ${data.task.status}`,
      ),
  };
  return bench;
}

/** A sweep of one target of which a test runs a single step. */
export function sweepWith(parts: Omit<TargetSweep, "details">): TargetSweep {
  return { ...parts, details: createDetailReader(parts) };
}
