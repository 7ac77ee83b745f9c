import type { RandomSource } from "../../lib/domain/clock.ts";

/** All random numbers of one simulation, derived from one seed. */
export interface SeededRandom extends RandomSource {
  /** An integer from `min` to `max`, inclusive. */
  int(min: number, max: number): number;
  happens(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
}

/** Small and fast: sfc32 (https://pracrand.sourceforge.net/), with its state derived from the seed by splitmix32. */
export function createSeededRandom(seed: number): SeededRandom {
  let spread = seed | 0;
  const word = (): number => {
    spread = (spread + 0x9e3779b9) | 0;
    let mixed = spread ^ (spread >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  // Seeds above 2^32 differ only in their upper half.
  spread ^= Math.floor(seed / 2 ** 32);
  let a = word();
  let b = word();
  let c = word();
  let counter = 1;
  let nonces = 0;

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next();

  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    happens: (probability) => probability > 0 && next() < probability,
    pick: (values) => values[int(0, values.length - 1)] as (typeof values)[number],
    nonce() {
      nonces += 1;
      return `nonce-${nonces}`;
    },
  };
}
