import * as z from "zod/mini";
import { ProviderError, type ProviderErrorDetail } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { readHttpDate } from "../../transport/http-date.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";
import { errorText } from "../shared/redaction.ts";
import { type Verdict, verdictOnCode, verdictOnStatus } from "./refusal.ts";

/** A successful response. */
export interface Answer {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
}

const longestCode = 128;
const xmlEntities = new Map([
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&quot;", '"'],
  ["&apos;", "'"],
  ["&amp;", "&"],
]);

const Payload = z.record(z.string(), z.unknown());

/**
 * An error response: JSON, or XML regardless of the requested format. Older gateways write the member names in lower
 * case.
 */
interface Refusal {
  readonly code: string | null;
  readonly message: string | null;
}

/**
 * Reads a response of `api`, whatever its status. Throws `ProviderError` unless it is a JSON object that reports
 * success. A status of 200 can carry an error. Redirects are errors, because a signed request must not be redirected.
 */
export function readAnswer(api: string, response: WireResponse): Answer {
  const payload = jsonObject(response.body);
  const requestId = requestIdOf(response, payload);
  const refusal = payload === undefined ? xmlRefusal(response.body) : jsonRefusal(payload);
  const done = response.status >= 200 && response.status < 300;
  if (done && payload !== undefined && refusal.code === null) return { payload, requestId };

  const retryAfterMs = readRetryAfter(response.headers, null);
  const detail = { code: refusal.code, requestId, retryAfterMs, serverTimeMs: readHttpDate(response.headers["date"]) };
  if (refusal.code !== null) {
    throw refused(saying(api, refusal), verdictOnCode(refusal.code, response.status, retryAfterMs), detail);
  }
  // ECS itself refuses with a JSON object, even without a code. Anything else was written by an intermediary.
  const otherwise = payload === undefined ? "malformed" : "bad-request";
  const what = payload === undefined ? "no answer of this API" : "no error code";
  throw refused(
    `${api}: HTTP ${response.status} with ${what}`,
    verdictOnStatus(response.status, otherwise, retryAfterMs),
    detail,
  );
}

function refused(message: string, verdict: Verdict, detail: ProviderErrorDetail): ProviderError {
  return new ProviderError(verdict.kind, message, { ...detail, retry: verdict.retry });
}

function saying(api: string, refusal: Refusal): string {
  // The message contains the string to sign, including the security token.
  if (refusal.code === "SignatureDoesNotMatch" || refusal.code === "IncompleteSignature") {
    return `${api}: the provider did not accept the signature`;
  }
  return `${api}: ${errorText(refusal.message ?? "") || `refused with ${refusal.code}`}`;
}

function jsonObject(body: string): Record<string, unknown> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.trim());
  } catch {
    return undefined;
  }
  return Payload.safeParse(parsed).data;
}

function jsonRefusal(payload: Readonly<Record<string, unknown>>): Refusal {
  const code = text(payload["Code"]) ?? text(payload["code"]);
  const worked = code === null || /^(?:200|ok|success)$/i.test(code);
  const message = text(payload["Message"]) ?? text(payload["message"]);
  return { code: worked ? null : errorText(code, longestCode), message };
}

function xmlRefusal(body: string): Refusal {
  if (!/<Error[\s>]/.test(body)) return { code: null, message: null };
  const code = xmlText(body, "Code");
  return { code: code === null ? null : errorText(code, longestCode), message: xmlText(body, "Message") };
}

/** The text of the first element with this name. Sufficient for the flat list of elements in an error. */
function xmlText(body: string, name: string): string | null {
  const content = new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
  if (content === undefined) return null;
  return text(content.replace(/&\w+;/g, (entity) => xmlEntities.get(entity) ?? entity));
}

function requestIdOf(response: WireResponse, payload: Readonly<Record<string, unknown>> | undefined): string | null {
  const found =
    text(payload?.["RequestId"]) ??
    text(payload?.["requestId"]) ??
    (payload === undefined ? xmlText(response.body, "RequestId") : null) ??
    text(response.headers["x-acs-request-id"]);
  return found === null ? null : errorText(found, longestCode);
}

function text(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}
