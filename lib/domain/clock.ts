/** Time and randomness, passed as arguments so that a test can simulate a day in a millisecond. */

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`. Rejects with the signal's reason if the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface RandomSource {
  /** Uniform in [0, 1). */
  next(): number;
  /** A new value on every call. */
  nonce(): string;
}
