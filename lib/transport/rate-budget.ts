import type { Clock } from "../domain/clock.ts";
import type { RateReservation } from "../domain/rate.ts";
import { abortable } from "./abortable.ts";
import { longestQueueMs, reserveSlots } from "./reserve-slots.ts";
import type { Slot } from "./reserve-slots.ts";
import type { TokenBucketRate } from "./token-bucket.ts";

/** A rate that holds for all processes together. */
export interface RateBudget {
  /** Resolves when the caller may make one call of this API. */
  take(api: string, signal: AbortSignal): Promise<void>;
}

/** Where processes meet. A write is conditional on the revision and resolves false when another process was first. */
export interface RateStore {
  readRate(id: string, signal: AbortSignal): Promise<RateReservation | undefined>;
  writeRate(
    id: string,
    reservation: RateReservation,
    expectedRevision: number | null,
    signal: AbortSignal,
  ): Promise<boolean>;
}

interface RateBudgetOptions {
  readonly store: RateStore;
  readonly clock: Clock;
  /** Names the budget among those in the store. */
  readonly name: string;
  readonly rate: TokenBucketRate;
  /** How far ahead one process may reserve. The others wait that long for calls that it may never make. */
  readonly reservedAheadMs: number;
}

/** After a pause this long, the next calls belong to another sweep or another request. */
const idleMs = 5000;
/** Of a reservation that is used less than this, even a process alone reserves fewer calls the next time. */
const leastUsed = 1 / 16;
const maxTries = 8;
const contendedWaitMs = 50;
const storeTimeoutMs = 1000;
const pauseAfterFailureMs = 10_000;

/** The calls of one API. */
interface Lane {
  readonly id: string;
  /** Reserved and not used yet, ascending. */
  readonly slots: Slot[];
  /** The stored reservation, if no other process has written since. */
  known: RateReservation | undefined;
  /** Of the last reservation of this process. */
  revision: number | undefined;
  /** Resolves to how long to wait before asking again. Never rejects. */
  reserving: Promise<number> | undefined;
  /** Callers that have no slot yet. */
  waiting: number;
  /** Calls since the last pause, and before it. */
  calls: number;
  callsBefore: number;
  lastCallAtMs: number;
  lastSize: number;
  usedOfLast: number;
  /** Until then, the store is not asked and every call may start. */
  skipUntilMs: number;
}

/**
 * Reserves calls in the store, several at once when many are made, and spaces them by the clock. A reserved call that
 * is not made in its time is lost. While the store cannot be asked, it lets every call through: the caller's own token
 * bucket still limits those.
 */
export function createRateBudget(options: RateBudgetOptions): RateBudget {
  const lanes = new Map<string, Lane>();
  return {
    async take(api, signal) {
      const lane = lanes.get(api) ?? createLane(`${options.name}#${api}`);
      lanes.set(api, lane);
      const slotMs = await nextSlot(lane, options, signal);
      const waitMs = slotMs - options.clock.now();
      if (waitMs > 0) await options.clock.sleep(waitMs, signal);
    },
  };
}

function createLane(id: string): Lane {
  const none = { calls: 0, callsBefore: 0, lastCallAtMs: 0, lastSize: 0, usedOfLast: 0, skipUntilMs: 0, waiting: 0 };
  return { id, slots: [], known: undefined, revision: undefined, reserving: undefined, ...none };
}

async function nextSlot(lane: Lane, options: RateBudgetOptions, signal: AbortSignal): Promise<number> {
  const { clock } = options;
  lane.waiting += 1;
  try {
    for (;;) {
      const nowMs = clock.now();
      forgetFutureTimes(lane, options, nowMs);
      while (lane.slots[0] !== undefined && lane.slots[0].latestMs < nowMs) lane.slots.shift();
      const slot = lane.slots.shift();
      if (slot !== undefined) {
        lane.calls += 1;
        lane.usedOfLast += 1;
        lane.lastCallAtMs = Math.max(slot.earliestMs, nowMs);
        return lane.lastCallAtMs;
      }
      if (nowMs < lane.skipUntilMs) return nowMs;
      lane.reserving ??= reserve(lane, options).finally(() => (lane.reserving = undefined));
      const waitMs = await abortable(lane.reserving, signal);
      if (waitMs > 0) await clock.sleep(waitMs, signal);
    }
  } finally {
    lane.waiting -= 1;
  }
}

/** Nothing is reserved this far ahead. The clock was set back, and waiting for its old time would stop all calls. */
function forgetFutureTimes(lane: Lane, { reservedAheadMs }: RateBudgetOptions, nowMs: number): void {
  const [next] = lane.slots;
  if (next !== undefined && next.earliestMs > nowMs + longestQueueMs + reservedAheadMs) lane.slots.length = 0;
  lane.skipUntilMs = Math.min(lane.skipUntilMs, nowMs + pauseAfterFailureMs);
}

async function reserve(lane: Lane, options: RateBudgetOptions): Promise<number> {
  // Real time, because this limits a call over the network. Its client may ignore the signal while it connects.
  const signal = AbortSignal.timeout(storeTimeoutMs);
  try {
    return await abortable(tryToReserve(lane, options, signal), signal);
  } catch {
    lane.known = undefined;
    lane.skipUntilMs = options.clock.now() + pauseAfterFailureMs;
    return 0;
  }
}

async function tryToReserve(lane: Lane, options: RateBudgetOptions, signal: AbortSignal): Promise<number> {
  const { store, clock, rate } = options;
  for (let tries = 0; tries < maxTries; tries += 1) {
    // Always waits, so that all callers of this moment are counted.
    const known = await (lane.known ?? store.readRate(lane.id, signal));
    const alone = lane.revision === undefined || lane.revision === known?.revision;
    const count = sizeOf(lane, alone, options);
    const answer = reserveSlots({ tatMs: known?.tatMs, count, nowMs: clock.now() }, rate);
    if ("waitMs" in answer) {
      lane.known = undefined;
      return answer.waitMs;
    }
    const next = { revision: (known?.revision ?? 0) + 1, tatMs: answer.tatMs };
    if (await store.writeRate(lane.id, next, known?.revision ?? null, signal)) {
      lane.known = next;
      lane.revision = next.revision;
      // Slots that came due during the write are not lost.
      const leastMs = clock.now() + 1000 / rate.perSecond;
      for (const slot of answer.slots) lane.slots.push({ ...slot, latestMs: Math.max(slot.latestMs, leastMs) });
      lane.lastSize = count;
      lane.usedOfLast = 0;
      return 0;
    }
    lane.known = undefined;
  }
  return contendedWaitMs;
}

/**
 * After a pause as many as before it, since every sweep makes about the same calls; then twice as many each time. Next
 * to other processes, no more than the last time if some of those were lost.
 */
function sizeOf(lane: Lane, alone: boolean, { clock, rate, reservedAheadMs }: RateBudgetOptions): number {
  const most = Math.max(1, Math.floor((rate.perSecond * reservedAheadMs) / 1000));
  if (lane.calls > 0 && clock.now() - lane.lastCallAtMs > idleMs) {
    lane.callsBefore = lane.calls;
    lane.calls = 0;
  }
  const grows = lane.usedOfLast >= lane.lastSize * (alone ? leastUsed : 1);
  const grown = grows ? lane.lastSize * 2 : lane.usedOfLast;
  const wanted = lane.calls === 0 ? lane.callsBefore : grown;
  return Math.min(most, Math.max(1, lane.waiting, wanted));
}
