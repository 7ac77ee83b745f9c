import type { Provider, Rows, Sighting, TaskPage } from "../../lib/domain/provider.ts";
import type { Task } from "../../lib/domain/task.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { Variation } from "./variation.ts";

/** Sweeps that are wrong on purpose. A simulation that does not catch each of them proves nothing. */
export const controls = {
  /** The new state is written without its event, which is then published, or not. */
  "dual-write": {
    ledger: (ledger) => ({
      ...ledger,
      writeTask: (record, expected, signal) => ledger.writeTask({ ...record, pending: [] }, expected, signal),
    }),
  },
  /** PutEvents answered, so everything must be on the bus. */
  "trust-putevents": {
    busAnswer: (answer, entries) => ({
      ...answer,
      Entries: Array.from({ length: entries }, (_, index) => ({ EventId: `believed-${index}` })),
    }),
  },
  /** A status that nobody has heard of will surely mean that it has ended. */
  "unknown-is-done": {
    provider: (provider) =>
      withRows(provider, (sighting) => ({ ...sighting, task: unknownIsDone(sighting.task) }), unknownIsDone),
  },
  /** Finished is Finished: no need to read how. */
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
  /** The checkpoint is moved before what it stands for has been recorded. */
  "checkpoint-first": { ledger: checkpointFirst },
  /** Everything before the checkpoint is taken for seen. */
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
      const none = { resumeAfterId: null, lastSweepMs: null, lastAnsweredAtMs: null, lastError: null };
      const early = { ...none, ...state, revision, checkpointMs: nowMs(), lastSweptAtMs: nowMs() };
      if (!(await ledger.writeTarget(target, early, state?.revision ?? null, signal))) return state;
      return { ...early, checkpointMs: state?.checkpointMs ?? null };
    },
  };
}
