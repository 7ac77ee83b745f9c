import { ProviderError, errorKinds } from "../../lib/domain/errors.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import type { EventBus } from "../../lib/sweep/event-bus.ts";
import type { ScriptedCloud } from "./scripted-cloud.ts";

/** The process ends before its next action. */
class Crash extends Error {
  override readonly name = "Crash";
}

/** Numbers in [0, 1), always in the same order for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Faults {
  readonly random: () => number;
  /** The failure probability of each call. */
  rate: number;
}

export interface FaultyWorld {
  readonly ledger: Ledger;
  readonly bus: EventBus;
  readonly signal: AbortSignal;
}

/**
 * One process's view of a ledger and a bus: calls fail before or after they take effect, and the process may end at
 * any call.
 */
export function createFaultyWorld(base: Pick<FaultyWorld, "ledger" | "bus">, faults: Faults): FaultyWorld {
  const { random } = faults;
  const process = new AbortController();
  const happens = (share: number) => random() < faults.rate * share;

  async function step(): Promise<void> {
    process.signal.throwIfAborted();
    if (happens(0.2)) process.abort(new Crash("the process ends"));
    process.signal.throwIfAborted();
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await undefined;
  }

  async function act<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    await step();
    if (happens(0.3)) throw new Error("refused before it acted");
    const answer = await call();
    await step();
    if (happens(0.3)) throw new Error("the answer was lost");
    return answer;
  }

  async function* actOnPages<Page>(pages: AsyncIterable<Page>): AsyncGenerator<Page> {
    for await (const page of pages) yield await act(async () => page);
  }

  const { ledger, bus } = base;
  return {
    signal: process.signal,
    ledger: {
      readTasks: (...given) => act(() => ledger.readTasks(...given)),
      writeTask: (...given) =>
        act(async () => {
          const written = await ledger.writeTask(...given);
          // The client retries after a lost response and finds that the expected revision is gone.
          return happens(0.5) ? ledger.writeTask(...given) : written;
        }),
      openTasks: (...given) => actOnPages(ledger.openTasks(...given)),
      tasksWithDueEvents: (...given) => actOnPages(ledger.tasksWithDueEvents(...given)),
      listTasks: (...given) => act(() => ledger.listTasks(...given)),
      readTarget: (...given) => act(() => ledger.readTarget(...given)),
      readTargets: (...given) => act(() => ledger.readTargets(...given)),
      writeTarget: (...given) => act(() => ledger.writeTarget(...given)),
      readTargetList: (...given) => act(() => ledger.readTargetList(...given)),
      writeTargetList: (...given) => act(() => ledger.writeTargetList(...given)),
      countReplaced: (...given) => act(() => ledger.countReplaced(...given)),
      cursorKey: (...given) => act(() => ledger.cursorKey(...given)),
    },
    bus: {
      async publish(events, signal) {
        const refused = events.map(() => happens(1));
        await step();
        const taken = events.filter((_, n) => !refused[n]);
        if (taken.length > 0) await bus.publish(taken, signal);
        await step();
        const lost = happens(1);
        return refused.map((one) => {
          if (one) return { accepted: false, reason: "refused" };
          return lost ? { accepted: false, reason: "the answer was lost" } : { accepted: true };
        });
      },
    },
  };
}

/** Makes the cloud's calls fail in every way a provider can, and truncates batches. */
export function makeFaulty(cloud: ScriptedCloud, faults: Faults): void {
  const { random } = faults;
  const { getMany } = cloud;
  cloud.onCall = () => {
    if (random() >= faults.rate) return;
    const kind = errorKinds[Math.floor(random() * errorKinds.length)] ?? "unavailable";
    throw new ProviderError(kind, `a fault: ${kind}`);
  };
  cloud.getMany = async (nativeIds, signal) => {
    const rows = await getMany(nativeIds, signal);
    return { ...rows, sightings: rows.sightings.filter(() => random() >= faults.rate) };
  };
}
