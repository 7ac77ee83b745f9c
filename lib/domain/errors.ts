/** The kinds of provider errors, as a closed set. Imports nothing. */

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
 * How to retry a failed call. Decided once, where the response is read.
 * - `no`: do not retry; the call would fail again in the same way.
 * - `backoff`: wait with full jitter, or for `retryAfterMs` if given.
 * - `next-minute`: wait for the next calendar minute, because the provider counts calls per minute.
 * - `fix-clock`: retry once, with the time corrected by the response's `Date` header.
 * - `refresh-credential`: retry once, with the credential resolved again.
 * - `new-nonce`: retry immediately; every attempt is signed with its own nonce.
 */
export type Retry = "no" | "backoff" | "next-minute" | "fix-clock" | "refresh-credential" | "new-nonce";

/**
 * How far an error reaches.
 * - `id`: it concerns an id in the request. The same request without that id may succeed.
 * - `request`: it concerns this request. Other requests may succeed.
 * - `target`: it would meet every request to this cloud and region.
 */
export type ErrorScope = "id" | "request" | "target";

export interface ProviderErrorDetail {
  /** The provider's own code, for example `InvalidTaskId.NotFound`. */
  readonly code?: string | null;
  /** The provider's request id. */
  readonly requestId?: string | null;
  readonly retry?: Retry;
  /** Default: by the kind. */
  readonly scope?: ErrorScope | undefined;
  /** How long the provider asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number | null;
  /** The response's `Date` header as epoch milliseconds, if it had one. */
  readonly serverTimeMs?: number | null;
  readonly cause?: unknown;
}

/**
 * A failed provider call. `message` is safe to show: it never contains a URL, a header, a credential, or a raw body.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: ErrorKind;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly retry: Retry;
  readonly scope: ErrorScope;
  readonly retryAfterMs: number | null;
  readonly serverTimeMs: number | null;

  constructor(kind: ErrorKind, message: string, detail: ProviderErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.code = detail.code ?? null;
    this.requestId = detail.requestId ?? null;
    this.retry = detail.retry ?? "no";
    this.scope = detail.scope ?? usualScope[kind];
    this.retryAfterMs = detail.retryAfterMs ?? null;
    this.serverTimeMs = detail.serverTimeMs ?? null;
  }
}

const usualScope: Readonly<Record<ErrorKind, ErrorScope>> = {
  throttled: "target",
  unauthorized: "target",
  "not-found": "id",
  "bad-request": "request",
  conflict: "request",
  unavailable: "target",
  malformed: "request",
};

/** The provider has answered each call for a list, but its pages have shown fewer tasks than it counts. */
export class MiscountedListError extends ProviderError {
  constructor(message: string) {
    // The sweep still makes its other calls.
    super("unavailable", message, { retry: "backoff", scope: "request" });
  }
}
