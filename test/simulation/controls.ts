import type { Provider, Rows, Sighting, TaskPage } from "../../lib/domain/provider.ts";
import type { Task } from "../../lib/domain/task.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { Variation } from "./variation.ts";

/** Sweeps that are deliberately broken. A simulation that misses one of them proves nothing. */
export const controls = {
  /** Writes the new state without its event, which is published afterwards or lost. */
  "dual-write": {
    ledger: (ledger) => ({
      ...ledger,
      writeTask: (record, expected, signal) => ledger.writeTask({ ...record, pending: [] }, expected, signal),
    }),
  },
  /** Treats any response to PutEvents as success for all entries. */
  "trust-putevents": {
    busAnswer: (answer, entries) => ({
      ...answer,
      Entries: Array.from({ length: entries }, (_, index) => ({ EventId: `believed-${index}` })),
    }),
  },
  /** Treats an unknown status as an ending. */
  "unknown-is-done": {
    provider: (provider) =>
      withRows(provider, (sighting) => ({ ...sighting, task: unknownIsDone(sighting.task) }), unknownIsDone),
  },
  /** Treats Finished as success without reading the outcome. */
  "finished-is-success": {
    provider: (provider) =>
      withRows(
        provider,
        ({ task, needsDetail }) => {
          const finished = task.nativeStatus === "Finished";
          return { task: finishedIsSuccess(task), needsDetail: needsDetail && !finished };
        },
        finishedIsSuccess,
      ),
  },
  /** Advances the checkpoint before the tasks up to it are recorded. */
  "checkpoint-first": { ledger: checkpointFirst },
  /** Treats everything before the checkpoint as seen. */
  "no-overlap-window": { settings: (settings) => ({ ...settings, overlapMs: 0 }) },
} as const satisfies Record<string, Variation>;

export type ControlName = keyof typeof controls;
export const controlNames = Object.keys(controls) as ControlName[];

function unknownIsDone(task: Task): Task {
  return task.status === "unknown" ? { ...task, status: "succeeded", done: true } : task;
}

function finishedIsSuccess(task: Task): Task {
  if (task.nativeStatus !== "Finished") return task;
  return { ...task, status: "succeeded", done: true, partial: false, error: null };
}

function withRows(provider: Provider, see: (one: Sighting) => Sighting, read: (task: Task) => Task): Provider {
  const seeAll = <Seen extends Rows>(rows: Seen): Seen => ({ ...rows, sightings: rows.sightings.map(see) });
  return {
    ...provider,
    async *list(query, signal): AsyncGenerator<TaskPage> {
      for await (const page of provider.list(query, signal)) yield seeAll(page);
    },
    getMany: async (ids, signal) => seeAll(await provider.getMany(ids, signal)),
    async get(id, signal) {
      const task = await provider.get(id, signal);
      return task === undefined ? undefined : read(task);
    },
  };
}

function checkpointFirst(ledger: Ledger, nowMs: () => number): Ledger {
  return {
    ...ledger,
    async readTarget(target, signal) {
      const state = await ledger.readTarget(target, signal);
      const revision = (state?.revision ?? 0) + 1;
      const none = {
        resumeAfterId: null,
        lastSweepMs: null,
        lastAnsweredAtMs: null,
        lastError: null,
        clockSkewMs: null,
      };
      const early = { ...none, ...state, revision, checkpointMs: nowMs(), lastSweptAtMs: nowMs() };
      if (!(await ledger.writeTarget(target, early, state?.revision ?? null, signal))) return state;
      return { ...early, checkpointMs: state?.checkpointMs ?? null };
    },
  };
}
