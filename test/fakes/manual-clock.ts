import type { Clock } from "../../lib/domain/clock.ts";

export interface ManualClock extends Clock {
  /** Advances the time by `ms` and wakes sleepers in the order they are due, including those added meanwhile. */
  advance(ms: number): Promise<void>;
  /** All sleeps requested so far, in milliseconds, in order; without background sleeps. */
  readonly sleeps: readonly number[];
  /** The number of waiting sleepers. */
  sleeping(): number;
}

export interface ManualClockOptions {
  /** Jumps to the next sleeper automatically when nothing else is left to run. Default false. */
  readonly autoAdvance?: boolean;
  /**
   * Only sleeps up to this length trigger a jump; longer ones wait until the time has passed them. This keeps
   * deadlines quiet in tests with a real server, where "nothing else to run" may only mean waiting for the network.
   * Default: no limit.
   */
  readonly autoAdvanceUpToMs?: number;
  /** Sleeps of exactly this length never trigger a jump: the timers that run beside the work. Default: none. */
  readonly backgroundSleepMs?: number;
}

interface Sleeper {
  readonly dueMs: number;
  readonly mayJump: boolean;
  wake(): void;
}

/** A clock that moves only when told to: the same calls give the same times in the same order. */
export function createManualClock(startMs: number, options: ManualClockOptions = {}): ManualClock {
  const { autoAdvance = false, autoAdvanceUpToMs = Infinity, backgroundSleepMs } = options;
  const sleepers = new Set<Sleeper>();
  const sleeps: number[] = [];
  let nowMs = startMs;
  let jumpPlanned = false;

  function wakeNext(candidates: Iterable<Sleeper>, untilMs: number): boolean {
    let next: Sleeper | undefined;
    for (const sleeper of candidates) {
      if (sleeper.dueMs <= untilMs && (next === undefined || sleeper.dueMs < next.dueMs)) next = sleeper;
    }
    if (next === undefined) return false;
    nowMs = Math.max(nowMs, next.dueMs);
    sleepers.delete(next);
    next.wake();
    return true;
  }

  async function jump(): Promise<void> {
    await idle();
    jumpPlanned = false;
    const jumpers = [...sleepers].filter((sleeper) => sleeper.mayJump);
    if (jumpers.length === 0) return;
    wakeNext(sleepers, Math.min(...jumpers.map((sleeper) => sleeper.dueMs)));
    planJump();
  }

  function planJump(): void {
    if (!autoAdvance || jumpPlanned) return;
    jumpPlanned = true;
    void jump();
  }

  return {
    sleeps,
    now: () => nowMs,
    sleeping: () => sleepers.size,

    sleep(ms, signal) {
      if (ms !== backgroundSleepMs) sleeps.push(ms);
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          dueMs: nowMs + ms,
          mayJump: ms <= autoAdvanceUpToMs && ms !== backgroundSleepMs,
          wake() {
            signal?.removeEventListener("abort", abort);
            resolve();
          },
        };
        signal?.addEventListener("abort", abort, { once: true });
        sleepers.add(sleeper);
        planJump();
      });
    },

    async advance(ms) {
      const untilMs = nowMs + ms;
      await idle();
      while (wakeNext(sleepers, untilMs)) await idle();
      nowMs = untilMs;
    },
  };
}

/** Resolves when every promise that can settle without I/O has settled. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
