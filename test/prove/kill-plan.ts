import type { Random } from "../fuzz/random.ts";

/** `remove-if-untold`: only if a connection has events that are not yet on the bus. */
export type Step = "copy" | "restore" | "remove-if-untold" | "remove" | "put-back" | "rename";

const killsPerRestore = 40;
const killsPerConfiguration = 20;

/** What happens after each kill, counted from 0. A run of five kills has each step. */
export function planSteps(kills: number, random: Random): ReadonlyMap<number, readonly Step[]> {
  const steps = new Map<number, Step[]>();
  const add = (after: number, step: Step): void => void steps.set(after, [...(steps.get(after) ?? []), step]);
  forEachRound(kills, killsPerRestore, (from, length) => {
    const copied = from + Math.floor(length * 0.25);
    add(copied, "copy");
    add(copied + 1 + random.below(Math.max(1, Math.floor(length * 0.4))), "restore");
  });
  forEachRound(kills, killsPerConfiguration, (from, length) => {
    const removed = from + Math.floor(length * 0.5);
    for (let after = from + Math.floor(length * 0.2); after < removed; after += 1) add(after, "remove-if-untold");
    add(removed, "remove");
    add(removed + 1 + random.below(Math.max(1, Math.floor(length * 0.2))), "put-back");
    add(from + Math.floor(length * 0.75), "rename");
  });
  return steps;
}

/** Too short rounds are left out, except for the first. */
function forEachRound(kills: number, size: number, plan: (from: number, length: number) => void): void {
  for (let from = 0; from < kills; from += size) {
    const length = Math.min(size, kills - from);
    if (from === 0 || length === size) plan(from, length);
  }
}
