import { ProviderError } from "../domain/errors.ts";

/** How long the work on an answer may take. */
export interface Deadlines {
  /** Aborts when the work must stop without an answer. */
  readonly signal: AbortSignal;
  /** Aborts earlier. Whatever providers have not answered by then is reported as missing. */
  readonly providerSignal: AbortSignal;
}

/**
 * The provider's failure. No answer before the provider deadline counts as `unavailable`.
 * @throws any other error
 */
export function providerErrorOf(error: unknown, { providerSignal }: Pick<Deadlines, "providerSignal">): ProviderError {
  if (error instanceof ProviderError) return error;
  if (!isAbortOf(providerSignal, error)) throw error;
  return new ProviderError("unavailable", "the provider did not answer in time", { retry: "backoff" });
}

export function isAbortOf(providerSignal: AbortSignal, error: unknown): boolean {
  return providerSignal.aborted && error === providerSignal.reason;
}
