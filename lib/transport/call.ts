import type { RandomSource, Clock } from "../domain/clock.ts";

/** The one HTTP path of all provider clients: its shapes. `http-transport.ts` and `provider-call.ts` implement it. */

export interface WireRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** Sent exactly as given, `host` excepted, which is always `url.host`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as UTF-8, byte for byte. */
  readonly body: string;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body as UTF-8 text, never longer than the transport's bound. */
  readonly body: string;
}

/** One try on the wire. Throws `ProviderError` of kind `unavailable` (no answer) or `malformed` (too large). */
export type Transport = (request: WireRequest, signal: AbortSignal) => Promise<WireResponse>;

/** What one try is signed with. */
export interface Attempt {
  /** Epoch milliseconds, corrected by the provider's clock when an earlier try was refused for skew. */
  readonly nowMs: number;
  readonly nonce: string;
  /** True when an earlier try was refused because its credential had expired. */
  readonly freshCredential: boolean;
}

export interface ProviderCall<Answer> {
  /** The provider's name of the API, for example `DescribeTasks`; each has a rate budget of its own. */
  readonly api: string;
  /** Only reads are tried again. */
  readonly safeToRepeat: boolean;
  sign(attempt: Attempt): Promise<WireRequest>;
  /** Reads the answer, whatever its status, or throws `ProviderError` with its `retry` decided. */
  read(response: WireResponse): Answer;
}

export type Caller = <Answer>(call: ProviderCall<Answer>, signal: AbortSignal) => Promise<Answer>;

/** Resolves a connection's credential; `fresh` bypasses what is cached. */
export type CredentialSource<Credential> = (options: { fresh: boolean }) => Promise<Credential>;

export interface CallerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Token bucket of each API. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  /** All tries of one call together, waiting included. */
  readonly deadlineMs: number;
  readonly maxTries: number;
}

export interface TransportOptions {
  /** PEM of a private certificate authority, added to none: it replaces the system's. */
  readonly ca?: string;
  readonly connectTimeoutMs: number;
  /** From the request's last byte to the answer's last byte. */
  readonly answerTimeoutMs: number;
  readonly maxBodyBytes: number;
}
