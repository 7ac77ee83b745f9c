import * as z from "zod/mini";
import type { Verdict } from "../../domain/error-table.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { ErrorKind } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { readHttpDate } from "../../transport/http-date.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";
import { errorMessage, foreignAnswer, verdictOnForeign } from "../shared/error-message.ts";
import type { Clocks } from "../shared/error-message.ts";
import { findRow } from "../shared/error-table.ts";
import { parseJson } from "../shared/json.ts";
import { errorText, safeToken } from "../shared/redaction.ts";
import { ecmErrors } from "./errors.ts";

/** The content of `Response` in a successful response. */
export interface Answer {
  readonly requestId: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Asked {
  /** For example `DescribeCustomImageTask`. */
  readonly action: string;
  /** Epoch milliseconds, for a `Retry-After` that is a date, and to show beside the provider's clock. */
  readonly nowMs: number;
}

/** @see https://www.tencentcloud.com/document/product/1119/45633 */
const Envelope = z.object({
  Response: z.looseObject({
    // Shown in logs and API responses, so it must have the format of a request id and hold no credential.
    RequestId: z.catch(z.nullable(z.string().check(z.refine((id) => safeToken(id) !== null))), null),
    Error: z.optional(z.nullable(z.object({ Code: z.string(), Message: z.catch(z.string(), "") }))),
  }),
});

/**
 * Reads a response, or throws its `ProviderError`. `Response.Error` is the API's only sign of failure. The API's own
 * errors have status 200; any other status comes from an intermediary.
 */
export function readAnswer(response: WireResponse, asked: Asked): Answer {
  const envelope = readEnvelope(response.body);
  if (envelope?.Error) throw refusalError(envelope.Error, envelope.RequestId, { response, asked });
  if (response.status === 200 && envelope !== undefined) return { requestId: envelope.RequestId, fields: envelope };
  const verdict = verdictOnForeign(verdictOnStatus(response.status, "malformed"));
  const words = errorMessage("", verdict, { ...clocksOf(response, asked), otherwise: foreignAnswer(response) });
  throw problem(verdict, `${asked.action}: ${words}`, { response, asked });
}

function refusalError(
  { Code, Message }: { readonly Code: string; readonly Message: string },
  requestId: string | null,
  { response, asked }: Pick<Seen, "response" | "asked">,
): ProviderError {
  const code = errorText(Code);
  const verdict = findRow(ecmErrors, { code: Code, message: "" }) ?? verdictOnStatus(response.status, "bad-request");
  const words = errorMessage(Message, verdict, { ...clocksOf(response, asked), otherwise: "no message" });
  return problem(verdict, `${asked.action} was refused with ${code}: ${words}`, { response, asked, code, requestId });
}

function readEnvelope(body: string): z.infer<typeof Envelope>["Response"] | undefined {
  const parsed = z.safeParse(Envelope, parseJson(body));
  return parsed.success ? parsed.data.Response : undefined;
}

/** The verdict on a response without a known code. `otherwise` is the kind used if the status does not decide. */
function verdictOnStatus(status: number, otherwise: ErrorKind): Verdict {
  if (status === 429) return { kind: "throttled", retry: "backoff" };
  if (status >= 500 || status === 408) return { kind: "unavailable", retry: "backoff" };
  if (status === 401 || status === 403 || status === 407) return { kind: "unauthorized", retry: "no" };
  // Including 404: a gateway that does not know the path says nothing about a task.
  return { kind: otherwise, retry: "no" };
}

function clocksOf({ headers }: WireResponse, { nowMs }: Asked): Clocks {
  return { nowMs, serverTimeMs: readHttpDate(headers["date"]) };
}

interface Seen {
  readonly response: WireResponse;
  readonly asked: Asked;
  readonly code?: string;
  readonly requestId?: string | null;
}

function problem({ kind, retry, scope }: Verdict, message: string, seen: Seen): ProviderError {
  const { response, asked, code = null, requestId = null } = seen;
  const { serverTimeMs } = clocksOf(response, asked);
  const retryAfterMs = response.status === 200 ? null : readRetryAfter(response.headers, asked.nowMs);
  return new ProviderError(kind, message, { retry, scope, code, requestId, serverTimeMs, retryAfterMs });
}
