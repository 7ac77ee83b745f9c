/** Chance that can be replayed: the same seed and number always draw the same. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in 0 to `below` - 1. */
  below(below: number): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  /** One of `items`, or `undefined` when there is none. */
  one<Item>(items: readonly Item[]): Item | undefined;
  chance(probability: number): boolean;
}

/** Mulberry32 over a seed and the number of a case, so that any case can be made again without those before it. */
export function createRandom(seed: number, caseNumber: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(caseNumber + 1, 0xc2b2ae35)) >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    pick: ([first, ...others]) => others[below(others.length + 1) - 1] ?? first,
    one: (items) => items[below(items.length)],
    chance: (probability) => next() < probability,
  };
}
