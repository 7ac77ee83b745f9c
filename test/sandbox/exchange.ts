/** The interface between the loopback servers and the clouds behind them. */

export const cloudNames = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;
export type CloudName = (typeof cloudNames)[number];

/** One request as it arrived. */
export interface Exchange {
  readonly method: string;
  /** Not decoded, without the query. */
  readonly path: string;
  /** Not decoded, without the question mark. */
  readonly search: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** `null` leaves out a header that the server would add. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly body: string;
  /** The provider's error code in this answer, or `null` for a success. */
  readonly code: string | null;
  readonly requestId: string | null;
  /** What the server tolerated, for example a signature that only an official SDK produces. */
  readonly note?: string;
}

/** An error that requires a caller with a valid signature. */
export type Refusal = { readonly kind: "throttle"; readonly retryAfterMs?: number } | { readonly kind: "deny" };

/** An error to imitate. The provider's documented status and message complete it. */
export interface ImitatedError {
  readonly code: string;
  readonly status?: number;
  readonly message?: string;
}

/** One cloud's protocol. No method throws: invalid input gets an error answer. */
export interface Wire {
  readonly cloud: CloudName;
  apiOf(exchange: Exchange): string;
  /** The request's own parameters, without credentials and signatures. */
  paramsOf(exchange: Exchange): Readonly<Record<string, unknown>>;
  answer(exchange: Exchange, refusal?: Refusal): Answer;
  /** A correctly signed success with the wrong shape. */
  wrongShape(): Answer;
  serverError(status: number): Answer;
  /** Any error in the provider's format, whatever the request. */
  imitate(exchange: Exchange, error: ImitatedError): Answer;
  tooLarge(): Answer;
}

/** The server's record of a request, without credentials and signatures. */
export interface RecordedRequest {
  readonly atMs: number;
  readonly cloud: CloudName;
  readonly api: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** `null` if there was no response. */
  readonly status: number | null;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly fault: string | null;
  readonly note: string | null;
}
