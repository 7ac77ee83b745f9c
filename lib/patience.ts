import { ProviderError } from "./errors.ts";

/** Until when an answer may be worked on. */
export interface Deadlines {
  /** Aborts when the answer must be given up. */
  readonly signal: AbortSignal;
  /** Aborts earlier: what providers have not told by then is reported as missing, and the rest is answered. */
  readonly patience: AbortSignal;
}

/**
 * A provider that is still silent when patience ends is as unavailable as one that cannot be reached.
 * @throws what is no provider's failure
 */
export function providerErrorOf(error: unknown, { patience }: Pick<Deadlines, "patience">): ProviderError {
  if (error instanceof ProviderError) return error;
  if (!endedBy(patience, error)) throw error;
  return new ProviderError("unavailable", "the provider did not answer in the time there was", { retry: "backoff" });
}

export function endedBy(patience: AbortSignal, error: unknown): boolean {
  return patience.aborted && error === patience.reason;
}
