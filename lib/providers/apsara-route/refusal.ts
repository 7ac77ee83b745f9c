import { ProviderError } from "../../domain/errors.ts";
import type { ErrorKind, Retry } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { readHttpDate } from "../../transport/http-date.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";
import { errorText, safeToken } from "../shared/redaction.ts";

/** The code, message, and status of a response that is not a list of tasks. */
export interface Refusal {
  readonly code: unknown;
  readonly message: unknown;
  readonly requestId: string | null;
}

interface Rule {
  readonly kind: ErrorKind;
  readonly retry: Retry;
  /** Shown instead of the provider's message. */
  readonly words?: string;
  applies(said: Said): boolean;
}

interface Said {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/**
 * The first rule that applies decides. A gateway code is a letter, the HTTP status, and two letters. Older gateways
 * send only a message and throttle with 403.
 * https://www.alibabacloud.com/help/en/api-gateway/traditional-api-gateway/support/error-codes
 */
const rules: readonly Rule[] = [
  {
    kind: "throttled",
    retry: "backoff",
    applies: ({ status, code, message }) =>
      status === 429 || /throttl|^T429/i.test(code) || /\bthrottled by\b|flow control/i.test(message),
  },
  {
    kind: "unauthorized",
    retry: "fix-clock",
    applies: ({ code, message }) => /timestamp.{0,40}expired|expired.{0,40}timestamp/i.test(`${code} ${message}`),
  },
  {
    kind: "unauthorized",
    retry: "new-nonce",
    applies: ({ code, message }) => /nonce.{0,40}used/i.test(`${code} ${message}`),
  },
  {
    kind: "unauthorized",
    retry: "no",
    // The gateway's message quotes the signed text, including our key and parameters.
    words: "the gateway refused the signature (check appKey and appSecret)",
    applies: ({ code, message }) => /invalid signature|stringtosign|signaturedoesnotmatch/i.test(`${code} ${message}`),
  },
  {
    kind: "unauthorized",
    retry: "no",
    applies: ({ status, code, message }) =>
      [401, 403].includes(status) ||
      /^A4\d\d|^40[13]$|^Forbidden|^NoPermission|^InvalidAccessKeyId/i.test(code) ||
      /^(invalid app(key|code|secret)|unauthorized)/i.test(message),
  },
  {
    kind: "unavailable",
    retry: "backoff",
    applies: ({ status, code }) =>
      status >= 500 ||
      status === 408 ||
      /^-1$|^5\d\d$|^[A-Z]5\d\d|^(ServiceUnavailable|InternalError|UnknownError)/i.test(code),
  },
  { kind: "not-found", retry: "no", applies: ({ code }) => /^InvalidTaskId\.NotFound$/i.test(code) },
  {
    kind: "malformed",
    retry: "no",
    words: "the gateway redirects (check the endpoint)",
    applies: ({ status }) => status >= 300 && status < 400,
  },
  {
    kind: "bad-request",
    retry: "no",
    applies: ({ status, code }) => status >= 400 || /^(I4\d\d|Missing|Invalid|Unsupported|Illegal)/i.test(code),
  },
];

/** Turns an error response, whatever its status, into a `ProviderError`. */
export function refusalError(response: WireResponse, refusal: Refusal): ProviderError {
  const code = safeToken(refusal.code);
  const message = typeof refusal.message === "string" ? refusal.message : "";
  const said: Said = { status: response.status, code: code ?? "", message };
  const { kind, retry, words } = rules.find((rule) => rule.applies(said)) ?? unknownRefusal;
  return new ProviderError(kind, words ?? (errorText(message) || `HTTP status ${response.status}`), {
    code,
    requestId: refusal.requestId,
    retry,
    retryAfterMs: kind === "throttled" || kind === "unavailable" ? readRetryAfter(response.headers, null) : null,
    serverTimeMs: readHttpDate(response.headers["date"]),
  });
}

const unknownRefusal = { kind: "unavailable", retry: "no", words: undefined } as const;
