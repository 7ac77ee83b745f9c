import { ProviderError } from "../domain/errors.ts";

/** Until when an answer may be worked on. */
export interface Deadlines {
  /** Aborts when the answer must be given up. */
  readonly signal: AbortSignal;
  /** Aborts earlier: what providers have not told by then is reported as missing, and the rest is answered. */
  readonly providerSignal: AbortSignal;
}

/**
 * A provider that is still silent at the provider deadline is as unavailable as one that cannot be reached.
 * @throws what is no provider's failure
 */
export function providerErrorOf(error: unknown, { providerSignal }: Pick<Deadlines, "providerSignal">): ProviderError {
  if (error instanceof ProviderError) return error;
  if (!isAbortOf(providerSignal, error)) throw error;
  return new ProviderError("unavailable", "the provider did not answer in the time there was", { retry: "backoff" });
}

export function isAbortOf(providerSignal: AbortSignal, error: unknown): boolean {
  return providerSignal.aborted && error === providerSignal.reason;
}
