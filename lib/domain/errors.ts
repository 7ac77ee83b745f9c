/** What can go wrong while talking to a provider, as a closed vocabulary. Imports nothing. */

export const errorKinds = [
  "throttled",
  "unauthorized",
  "not-found",
  "bad-request",
  "conflict",
  "unavailable",
  "malformed",
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/**
 * What another try needs before it can succeed. Decided once, where the answer is read.
 * - `no`: it would fail the same way again.
 * - `backoff`: wait with full jitter, or as long as `retryAfterMs` says.
 * - `next-minute`: the provider counts calls by calendar minute; wait into the next one.
 * - `fix-clock`: once, with the time corrected by the answer's `Date` header.
 * - `refresh-credential`: once, with the credential resolved afresh.
 * - `new-nonce`: at once; every try is signed with a nonce of its own anyway.
 */
export type Retry = "no" | "backoff" | "next-minute" | "fix-clock" | "refresh-credential" | "new-nonce";

export interface ProviderErrorDetail {
  /** The provider's own code, for example `InvalidTaskId.NotFound`. */
  readonly code?: string | null;
  /** The provider's id of the request. */
  readonly requestId?: string | null;
  readonly retry?: Retry;
  /** How long the provider asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number | null;
  /** The answer's `Date` header as epoch milliseconds, where there was one. */
  readonly serverTimeMs?: number | null;
  readonly cause?: unknown;
}

/**
 * A failed provider call. `message` is safe to show: it never holds a URL, a header, a credential or a raw body.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: ErrorKind;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly retry: Retry;
  readonly retryAfterMs: number | null;
  readonly serverTimeMs: number | null;

  constructor(kind: ErrorKind, message: string, detail: ProviderErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.code = detail.code ?? null;
    this.requestId = detail.requestId ?? null;
    this.retry = detail.retry ?? "no";
    this.retryAfterMs = detail.retryAfterMs ?? null;
    this.serverTimeMs = detail.serverTimeMs ?? null;
  }
}
