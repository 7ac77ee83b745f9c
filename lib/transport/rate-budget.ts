import type { Clock } from "../domain/clock.ts";
import type { RateReservation } from "../domain/rate.ts";
import { abortable } from "./abortable.ts";
import { longestQueueMs, reserveSlots } from "./reserve-slots.ts";
import type { Slot } from "./reserve-slots.ts";
import type { TokenBucketRate } from "./token-bucket.ts";

/** A rate limit shared by all processes. */
export interface RateBudget {
  /** Resolves when the caller may make one call to this API. */
  take(api: string, signal: AbortSignal): Promise<void>;
}

/**
 * The store that processes share. A write is conditional on the revision and resolves false if another process was
 * faster.
 */
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
  /** Identifies the budget in the store. */
  readonly name: string;
  readonly rate: TokenBucketRate;
  /** How far ahead one process may reserve. Other processes wait that long even if the calls are never made. */
  readonly reservedAheadMs: number;
}

/** After a pause this long, the next calls belong to another sweep or another request. */
const idleMs = 5000;
/** If a smaller part of a reservation is used, even a process without competitors reserves fewer calls next time. */
const leastUsed = 1 / 16;
const maxTries = 8;
const contendedWaitMs = 50;
const storeTimeoutMs = 1000;
const pauseAfterFailureMs = 10_000;

/** The calls of one API. */
interface Lane {
  readonly id: string;
  /** Reserved and unused, in ascending order. */
  readonly slots: Slot[];
  /** The stored reservation, if no other process has written since. */
  known: RateReservation | undefined;
  /** The revision of this process's last reservation. */
  revision: number | undefined;
  /** Resolves to how long to wait before the next attempt. Never rejects. */
  reserving: Promise<number> | undefined;
  /** Callers without a slot. */
  waiting: number;
  /** Calls since the last pause, followed by calls before it. */
  calls: number;
  callsBefore: number;
  lastCallAtMs: number;
  lastSize: number;
  usedOfLast: number;
  /** Until this time, the store is not called and every call may start. */
  skipUntilMs: number;
}

/**
 * Reserves calls in the store and spaces them by the clock. Reserves several at once if calls are frequent. A reserved
 * call that is not made in time is lost. While the store is unavailable, every call may start: the caller's own token
 * bucket still limits them.
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

/**
 * Slots are never reserved this far ahead, so the clock was set back. Waiting for the old time would stop all calls.
 */
function forgetFutureTimes(lane: Lane, { reservedAheadMs }: RateBudgetOptions, nowMs: number): void {
  const [next] = lane.slots;
  if (next !== undefined && next.earliestMs > nowMs + longestQueueMs + reservedAheadMs) lane.slots.length = 0;
  lane.skipUntilMs = Math.min(lane.skipUntilMs, nowMs + pauseAfterFailureMs);
}

async function reserve(lane: Lane, options: RateBudgetOptions): Promise<number> {
  // Uses real time, because this limits a network call. The store's client may ignore the signal while it connects.
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
    // Always awaits, so that all concurrent callers are counted.
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
      // Keep slots that came due during the write.
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
 * How many calls to reserve. After a pause, as many as before it, because every sweep makes about the same calls. Then
 * twice as many each time. With other processes, at most the number last used if some reserved calls were lost.
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
