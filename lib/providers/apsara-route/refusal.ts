import type { Verdict } from "../../domain/error-table.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { readHttpDate } from "../../transport/http-date.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";
import { errorMessage, foreignAnswer, verdictOnForeign } from "../shared/error-message.ts";
import { checkEndpoint, findRow } from "../shared/error-table.ts";
import { safeToken } from "../shared/redaction.ts";
import { apsaraErrors } from "./errors.ts";

/** The code, message, and status of a response that is not a list of tasks. */
export interface Refusal {
  readonly code: unknown;
  readonly message: unknown;
  readonly requestId: string | null;
  /** Our clock in epoch milliseconds, to show beside the gateway's. */
  readonly nowMs: number | null;
}

/** Turns an error response, whatever its status, into a `ProviderError`. */
export function refusalError(response: WireResponse, refusal: Refusal): ProviderError {
  const { requestId, nowMs } = refusal;
  const code = safeToken(refusal.code);
  const message = typeof refusal.message === "string" ? refusal.message : "";
  const verdict = findRow(apsaraErrors, { code: code ?? "", message }) ?? verdictOnStatus(response.status);
  const { kind, retry, scope } = verdict;
  const serverTimeMs = readHttpDate(response.headers["date"]);
  const words = errorMessage(message, verdict, { nowMs, serverTimeMs, otherwise: `HTTP status ${response.status}` });
  const isPassing = kind === "throttled" || kind === "unavailable";
  const retryAfterMs = isPassing ? readRetryAfter(response.headers, null) : null;
  return new ProviderError(kind, words, { code, requestId, retry, scope, retryAfterMs, serverTimeMs });
}

/** The error for a response that neither the gateway nor the portal wrote. */
export function foreignError(response: WireResponse, requestId: string | null): ProviderError {
  const { status, headers } = response;
  const verdict = verdictOnForeign(isSuccess(response) ? { kind: "malformed", retry: "no" } : verdictOnStatus(status));
  const { kind, retry, scope } = verdict;
  const serverTimeMs = readHttpDate(headers["date"]);
  const words = errorMessage("", verdict, { nowMs: null, serverTimeMs, otherwise: foreignAnswer(response) });
  const retryAfterMs = retry === "no" ? null : readRetryAfter(headers, null);
  return new ProviderError(kind, words, { requestId, retry, scope, retryAfterMs, serverTimeMs });
}

export function isSuccess({ status }: WireResponse): boolean {
  return status >= 200 && status < 300;
}

/** The verdict on a response without a known code. */
function verdictOnStatus(status: number): Verdict {
  if (status === 429) return { kind: "throttled", retry: "backoff" };
  if (status === 401 || status === 403) return { kind: "unauthorized", retry: "no" };
  if (status >= 500 || status === 408) return { kind: "unavailable", retry: "backoff" };
  if (status >= 400) return { kind: "bad-request", retry: "no" };
  if (status >= 300)
    return { kind: "malformed", retry: "no", scope: "target", instead: "the gateway redirects", advice: checkEndpoint };
  return { kind: "unavailable", retry: "no" };
}
