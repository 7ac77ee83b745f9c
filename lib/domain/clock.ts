/** Time and randomness as arguments, so that a day can be simulated in a millisecond. */

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface RandomSource {
  /** Uniform in [0, 1). */
  next(): number;
  /** Never the same twice. */
  nonce(): string;
}
