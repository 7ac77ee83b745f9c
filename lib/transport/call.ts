import type { RandomSource, Clock } from "../domain/clock.ts";
import type { ProxyRule } from "./proxy-rule.ts";
import type { RateBudget } from "./rate-budget.ts";

/** The types of the HTTP path that all provider clients share. `node-transport.ts` and `caller.ts` implement it. */

export interface WireRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: URL;
  /** Sent exactly as given, except that `host` is always `url.host`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as UTF-8, byte for byte. */
  readonly body: string;
  /** For an answer that is smaller than the transport's limit. */
  readonly maxAnswerBytes?: number;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body as UTF-8 text, never longer than the transport's limit. */
  readonly body: string;
}

/** Sends one try. Throws `ProviderError` of kind `unavailable` (no response) or `malformed` (response too large). */
export type Transport = (request: WireRequest, signal: AbortSignal) => Promise<WireResponse>;

/** The values that one try is signed with. */
export interface Attempt {
  /** Epoch milliseconds, corrected to the provider's clock if an earlier try was rejected for clock skew. */
  readonly nowMs: number;
  readonly nonce: string;
  /** True when the try before this one was rejected because of its credential. */
  readonly freshCredential: boolean;
  /** The same object for all tries of one call. */
  readonly call: object;
}

export interface ProviderCall<Answer> {
  /** The provider's name of the API, for example `DescribeTasks`. Each API has its own rate budget. */
  readonly api: string;
  /** False for a write: it is not retried if the provider may have acted on it. */
  readonly safeToRepeat: boolean;
  sign(attempt: Attempt): Promise<WireRequest>;
  /** Parses the response, whatever its status, or throws a `ProviderError` that says whether to retry. */
  read(response: WireResponse): Answer;
}

export type Caller = <Answer>(call: ProviderCall<Answer>, signal: AbortSignal) => Promise<Answer>;

/** The caller of one connection, which also reads the provider's clock from its answers. */
export interface ConnectionCaller extends Caller {
  /** The provider's clock minus ours in milliseconds, by its latest answer. `null` until an answer has told the time. */
  clockSkewMs(): number | null;
}

interface CredentialRequest {
  /** The provider has rejected the credential that this call was given before. */
  readonly fresh: boolean;
  /** The `call` of the attempt. */
  readonly call: object;
}

/**
 * Resolves a connection's credential.
 * @throws ProviderError `unauthorized` if it cannot be resolved
 * @throws UnchangedCredentialError if a fresh one was requested and there is no newer one
 */
export type CredentialSource<Credential> = (request: CredentialRequest) => Promise<Credential>;

export interface CallerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** The token bucket of each API. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  /** Limits the calls of all processes together, before `rate` limits those of this one. */
  readonly budget?: RateBudget;
  /** For all tries of one call together, including the waits. */
  readonly deadlineMs: number;
  readonly maxTries: number;
}

export interface TransportOptions {
  /** For `https:` only. No proxy by default. */
  readonly proxyFor?: ProxyRule;
  /** PEM of a private certificate authority. It replaces the system's authorities. */
  readonly ca?: string;
  /** Includes the proxy's answer and the TLS handshake. */
  readonly connectTimeoutMs: number;
  /** From the last byte of the request to the last byte of the response. */
  readonly answerTimeoutMs: number;
  readonly maxBodyBytes: number;
}
