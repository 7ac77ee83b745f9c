import type { Clock } from "../../lib/domain/clock.ts";
import { veryRare } from "./crash-points.ts";
import type { CrashPlan, Point } from "./crash-points.ts";
import type { Simulation } from "./simulation.ts";

/** One running program: a sweep or an HTTP call. After its death, nothing it waits for ever resolves. */
export interface Process {
  readonly name: string;
  dead: boolean;
  crashPlan: CrashPlan | undefined;
  /** What it is doing for a target, for the names of crash points. */
  readonly phases: Map<string, string>;
  /** A call over the network: `effect` happens after `latencyMs`, and its result is the response. */
  call<Answer>(call: Call<Answer>): Promise<Answer>;
  clock(kind: string): Clock;
  now(): number;
}

interface Call<Answer> {
  readonly kind: string;
  readonly target: string;
  readonly latencyMs: number;
  readonly signal: AbortSignal | undefined;
  effect(): Answer;
}

/** Calls slower than this end as soon as the caller aborts. */
const slowMs = 2_000;

export function createProcess(simulation: Simulation, name: string, skewMs: () => number): Process {
  const { timeline } = simulation;
  const phases = new Map<string, string>();

  function endsAt(point: Point): boolean {
    point.visits += 1;
    const plan = self.crashPlan;
    if (plan === undefined) return false;
    if (plan === "at a rare point" || plan === "at a very rare point") {
      if (plan === "at a very rare point" && point.rarity < veryRare) return false;
      if (!simulation.random.happens(point.rarity)) return false;
    } else {
      self.crashPlan = { nth: plan.nth - 1 };
      if (plan.nth > 1) return false;
    }
    point.crashes += 1;
    self.dead = true;
    simulation.story?.tell(timeline.now(), { actor: name, action: `crashes at ${point.name}` });
    return true;
  }

  function call<Answer>({ kind, target, latencyMs, signal, effect }: Call<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (self.dead) return;
      const { before, after } = simulation.crashes.at(phases.get(target) ?? "start", kind);
      if (endsAt(before)) return;
      if (signal?.aborted) return reject(signal.reason);
      timeline.after(latencyMs, () => {
        let answer: Answer | undefined;
        let failure: unknown;
        let failed = false;
        try {
          answer = effect();
        } catch (error) {
          failed = true;
          failure = error;
        }
        if (self.dead || endsAt(after)) return;
        if (signal?.aborted) reject(signal.reason);
        else if (failed) reject(failure);
        else resolve(answer as Answer);
      });
      if (latencyMs < slowMs) return;
      signal?.addEventListener("abort", () => self.dead || reject(signal.reason), { once: true });
    });
  }

  function clock(kind: string): Clock {
    return {
      now: () => timeline.now() + skewMs(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (self.dead) return;
          if (signal?.aborted) return reject(signal.reason);
          // Nothing waits for a deadline: it runs beside the work it limits.
          const awaited = kind !== "" && ms !== callDeadlineMs;
          const point = awaited ? simulation.crashes.at("wait", kind) : undefined;
          if (point !== undefined && endsAt(point.before)) return;
          const timer = timeline.after(ms, () => {
            signal?.removeEventListener("abort", giveUp);
            if (self.dead || (point !== undefined && endsAt(point.after))) return;
            resolve();
          });
          const giveUp = (): void => {
            timer.run = undefined;
            if (!self.dead) reject(signal?.reason);
          };
          signal?.addEventListener("abort", giveUp, { once: true });
        }),
    };
  }

  const self: Process = {
    name,
    dead: false,
    crashPlan: undefined,
    phases,
    call,
    clock,
    now: () => timeline.now() + skewMs(),
  };
  return self;
}

/** The deadline of a provider call. Unusual on purpose, so that a sleep of this length can be recognized. */
export const callDeadlineMs = 90_001;
