import { ProviderError } from "../../lib/domain/errors.ts";
import type { Provider, Rows, Sighting, TaskPage } from "../../lib/domain/provider.ts";
import type { TargetState } from "../../lib/domain/record.ts";
import type { Task } from "../../lib/domain/task.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { KindName } from "./kinds.ts";
import type { Variation } from "./variation.ts";
import type { ViolationKind } from "./witness.ts";

/** A sweep that is deliberately broken, and the kind of world in which it shows. */
export interface Control {
  readonly kind: KindName;
  readonly caughtAs: ViolationKind;
  /** Fewer than usual, where a world takes long. */
  readonly seeds?: number;
  readonly variation: Variation;
}

/** A simulation that misses one of them proves nothing. */
export const controls = {
  /** Writes the new state without its event, which is published afterwards or lost. */
  "dual-write": {
    kind: "ordinary",
    caughtAs: "lost",
    variation: {
      faults: { crashes: 0.9, busFaults: 0.9 },
      ledger: (ledger) => ({
        ...ledger,
        writeTask: (record, expected, signal) => ledger.writeTask({ ...record, pending: [] }, expected, signal),
      }),
    },
  },
  /** Treats any response to PutEvents as success for all entries. */
  "trust-putevents": {
    kind: "ordinary",
    caughtAs: "lost",
    variation: {
      faults: { busFaults: 0.5 },
      busAnswer: (answer, entries) => ({
        ...answer,
        Entries: Array.from({ length: entries }, (_, index) => ({ EventId: `believed-${index}` })),
      }),
    },
  },
  /** Treats an unknown status as an ending. */
  "unknown-is-done": {
    kind: "ordinary",
    caughtAs: "false",
    variation: {
      faults: { cloudFaults: 0.5, onlyFault: "unknown status" },
      provider: (provider) =>
        withRows(provider, (sighting) => ({ ...sighting, task: unknownIsDone(sighting.task) }), unknownIsDone),
    },
  },
  /** Treats Finished as success without reading the outcome. */
  "finished-is-success": {
    kind: "ordinary",
    caughtAs: "false",
    variation: {
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
  },
  /** Treats Finished without proof as success. */
  "finished-without-proof": {
    kind: "finished",
    caughtAs: "false",
    variation: {
      provider: (provider) => withRows(provider, (sighting) => sighting, unprovenIsSuccess),
    },
  },
  /** Advances the checkpoint before the tasks up to it are recorded. */
  "checkpoint-first": { kind: "ordinary", caughtAs: "lost", variation: { ledger: checkpointFirst } },
  /** Treats everything before the checkpoint as seen. */
  "no-overlap-window": {
    kind: "late-rows",
    caughtAs: "lost",
    variation: { settings: (settings) => ({ ...settings, overlapMs: 0 }) },
  },
  /** Lists only by time of creation, so that a task from before the window is never found. */
  "no-open-listing": {
    kind: "late-rows",
    caughtAs: "lost",
    variation: {
      provider: (provider) => ({
        ...provider,
        async *list(query, signal) {
          if (query.createdAfter !== undefined) yield* provider.list(query, signal);
        },
      }),
    },
  },
  /** Gives a task that was never shown no more time than one that is gone. */
  "never-shown-is-gone": {
    kind: "awaited",
    caughtAs: "false",
    variation: {
      settings: (settings) => ({ ...settings, vanish: { ...settings.vanish, neverShownMs: settings.vanish.minMs } }),
    },
  },
  /** Answers that a task is tracked, and records it only if the cloud shows it. */
  "forget-unshown": {
    kind: "awaited",
    caughtAs: "lost",
    variation: {
      ledger: (ledger) => ({
        ...ledger,
        writeTask: async (record, expected, signal) =>
          record.rowDigest === "" ? true : ledger.writeTask(record, expected, signal),
      }),
    },
  },
  /** Keeps following an import under the image id that it was tracked by. */
  "unresolved-identity": {
    kind: "awaited",
    caughtAs: "duplicate",
    variation: {
      provider: (provider) =>
        provider.resolve === undefined ? provider : { ...provider, resolve: async (nativeId) => ({ nativeId }) },
    },
  },
  /** Takes the time of our own clock as checkpoint. */
  "own-clock-checkpoint": {
    kind: "skew",
    caughtAs: "lost",
    variation: {
      clocks: [{ fromMs: -Infinity, skewMs: 30 * 60_000 }],
      provider: (provider) => ({ ...provider, clockSkewMs: () => null }),
    },
  },
  /** Takes a checkpoint in the future for one from right now. */
  "trust-future-checkpoint": {
    kind: "future-checkpoint",
    caughtAs: "lost",
    variation: {
      ledger: (ledger, nowMs) =>
        withCheckpoint(ledger, {
          written: (state) => ownTime(state, nowMs),
          read: (checkpointMs) => Math.min(checkpointMs, nowMs()),
        }),
    },
  },
  /** Keeps the checkpoint where no restore of the ledger reaches it. */
  "checkpoint-elsewhere": { kind: "restored", caughtAs: "lost", variation: { ledger: checkpointElsewhere } },
  /** Remembers no target but the configured ones. */
  "forget-unconfigured": {
    kind: "configuration",
    caughtAs: "lost",
    variation: {
      ledger: (ledger) => ({
        ...ledger,
        readTargetList: () => Promise.resolve(undefined),
        writeTargetList: () => Promise.resolve(true),
      }),
    },
  },
  /** Takes every form of an id for a task of its own. */
  "name-is-identity": {
    kind: "identity",
    caughtAs: "duplicate",
    variation: {
      provider({ resolve: _resolve, ...provider }) {
        return provider;
      },
    },
  },
  /** Limits each process by itself, and lets all of them sweep. */
  "rates-per-process": {
    kind: "overlap",
    caughtAs: "rate",
    variation: { ratesPerProcess: true, ledger: withoutLeases },
  },
  /** Keeps the checkpoint where it is as long as a row cannot be read. */
  "hold-on-unreadable": {
    kind: "poisoned-rows",
    caughtAs: "starved",
    seeds: 60,
    variation: { provider: holdOnUnreadable },
  },
  /** Reads all records of a page, or none. */
  "all-records-or-none": {
    kind: "unreadable-items",
    caughtAs: "lost",
    variation: {
      ledger: (ledger) => ({
        ...ledger,
        async readTasks(ids, signal) {
          const reading = await ledger.readTasks(ids, signal);
          if (reading.unreadable.length > 0) throw new SyntaxError("a record is not JSON");
          return reading;
        },
      }),
    },
  },
  /** Skips a broken record instead of replacing it. */
  "skip-broken-records": {
    kind: "unreadable-items",
    caughtAs: "lost",
    variation: {
      ledger: (ledger) => ({
        ...ledger,
        writeTask: async (record, expected, signal) =>
          typeof expected !== "object" || expected === null ? ledger.writeTask(record, expected, signal) : false,
      }),
    },
  },
  /** Replaces the records of a newer version as well. */
  "replace-newer-records": {
    kind: "unreadable-items",
    caughtAs: "illegal",
    variation: {
      ledger: (ledger) => ({
        ...ledger,
        async readTasks(ids, signal) {
          const { unreadable, ...reading } = await ledger.readTasks(ids, signal);
          return { ...reading, unreadable: unreadable.map((item) => ({ ...item, fault: "broken" })) };
        },
      }),
    },
  },
  /** Reads every detail before it records any row. */
  "details-first": { kind: "slow-details", caughtAs: "starved", seeds: 30, variation: { provider: detailsFirst } },
} as const satisfies Record<string, Control>;

export type ControlName = keyof typeof controls;
export const controlNames = Object.keys(controls) as ControlName[];

function unknownIsDone(task: Task): Task {
  return task.status === "unknown" ? { ...task, status: "succeeded", done: true } : task;
}

function finishedIsSuccess(task: Task): Task {
  if (task.nativeStatus !== "Finished") return task;
  return { ...task, status: "succeeded", done: true, partial: false, error: null };
}

function unprovenIsSuccess(task: Task): Task {
  return task.status === "unknown" ? finishedIsSuccess(task) : task;
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
      const early = { ...none, ...state, revision, checkpointMs: nowMs(), lastSweptAtMs: nowMs() } as TargetState;
      if (!(await ledger.writeTarget(target, early, state?.revision ?? null, signal))) return state;
      return { ...early, checkpointMs: state?.checkpointMs ?? null };
    },
  };
}

interface CheckpointChange {
  written(state: TargetState): number | null;
  read?(checkpointMs: number): number;
}

function withCheckpoint(ledger: Ledger, { written, read = (one) => one }: CheckpointChange): Ledger {
  return {
    ...ledger,
    async readTarget(target, signal) {
      const state = await ledger.readTarget(target, signal);
      if (state === undefined || state.checkpointMs === null) return state;
      return { ...state, checkpointMs: read(state.checkpointMs) };
    },
    writeTarget: (target, state, expected, signal) =>
      ledger.writeTarget(target, { ...state, checkpointMs: written(state) }, expected, signal),
  };
}

/** Only a sweep that has listed everything moves its checkpoint to nearly now. */
function ownTime({ checkpointMs, lastSweepMs }: TargetState, nowMs: () => number): number | null {
  return checkpointMs === null ? null : nowMs() - (lastSweepMs ?? 0);
}

/** Nothing but the number of calls depends on leases. */
function withoutLeases(ledger: Ledger): Ledger {
  return {
    ...ledger,
    async readTarget(target, signal) {
      const state = await ledger.readTarget(target, signal);
      if (state === undefined) return undefined;
      const { lease: _lease, ...rest } = state;
      return rest;
    },
  };
}

function checkpointElsewhere(ledger: Ledger, _nowMs: () => number, memory: Map<string, number>): Ledger {
  return {
    ...ledger,
    async readTarget(target, signal) {
      const state = await ledger.readTarget(target, signal);
      const checkpointMs = memory.get(target.connection) ?? null;
      return state === undefined || checkpointMs === null ? state : { ...state, checkpointMs };
    },
    writeTarget(target, state, expected, signal) {
      if (state.checkpointMs !== null) memory.set(target.connection, state.checkpointMs);
      return ledger.writeTarget(target, state, expected, signal);
    },
  };
}

function holdOnUnreadable(provider: Provider): Provider {
  return {
    ...provider,
    async *list(query, signal): AsyncGenerator<TaskPage> {
      let held = false;
      for await (const page of provider.list(query, signal)) {
        if (page.unreadable.length > 0) held = true;
        yield page;
      }
      if (held) throw new ProviderError("malformed", "a row cannot be read");
    },
  };
}

function detailsFirst(provider: Provider): Provider {
  const readAll = async ({ sightings }: Rows, signal: AbortSignal): Promise<void> => {
    for (const { task, needsDetail } of sightings) {
      if (needsDetail) await provider.get(task.nativeId, signal).catch(() => undefined);
    }
  };
  return {
    ...provider,
    async *list(query, signal): AsyncGenerator<TaskPage> {
      for await (const page of provider.list(query, signal)) {
        await readAll(page, signal);
        yield page;
      }
    },
  };
}
