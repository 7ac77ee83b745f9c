import type { RandomSource } from "../domain/clock.ts";

export interface Sample<Item> {
  readonly kept: readonly Item[];
  add(item: Item): void;
}

/**
 * A uniform random sample of at most `size` items in random order (Vitter's algorithm R over an inside-out shuffle).
 * With a fixed choice, unreadable tasks could permanently exclude others.
 */
export function createSample<Item>(size: number, random: RandomSource): Sample<Item> {
  const kept: Item[] = [];
  let added = 0;
  return {
    kept,
    add(item) {
      added += 1;
      const place = Math.floor(random.next() * added);
      const moved = kept[place];
      if (kept.length < size && moved !== undefined) kept.push(moved);
      if (place < size) kept[place] = item;
    },
  };
}
