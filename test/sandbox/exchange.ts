/** What passes between the loopback servers and the clouds behind them. */

export const cloudNames = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;
export type CloudName = (typeof cloudNames)[number];

/** One request as it arrived. */
export interface Exchange {
  readonly method: string;
  /** Undecoded, without the query. */
  readonly path: string;
  /** Undecoded, without the question mark. */
  readonly search: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The provider's error code in this answer, or `null` for a success. */
  readonly code: string | null;
  readonly requestId: string | null;
  /** Names what the server tolerated, for example a signature only an official SDK makes. */
  readonly note?: string;
}

/** A refusal that needs a caller whose signature is good. */
export type Refusal = { readonly kind: "throttle"; readonly retryAfterMs?: number } | { readonly kind: "deny" };

/** One cloud's protocol. Every method is total: garbage gets an error answer, never an exception. */
export interface Wire {
  readonly cloud: CloudName;
  apiOf(exchange: Exchange): string;
  /** The request's own parameters, without credentials and signatures. */
  paramsOf(exchange: Exchange): Readonly<Record<string, unknown>>;
  answer(exchange: Exchange, refusal?: Refusal): Answer;
  /** A well-signed success of the wrong shape. */
  wrongShape(): Answer;
  serverError(status: number): Answer;
  tooLarge(): Answer;
}

/** What the server remembers of a request. Holds no credential and no signature. */
export interface RecordedRequest {
  readonly atMs: number;
  readonly cloud: CloudName;
  readonly api: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** `null` when nothing was answered. */
  readonly status: number | null;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly fault: string | null;
  readonly note: string | null;
}
