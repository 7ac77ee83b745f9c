import * as z from "zod/mini";
import { ProviderError, type ProviderErrorDetail } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { safeLine } from "./redact.ts";
import { type Verdict, verdictOnCode, verdictOnStatus } from "./refusal.ts";

/** A successful answer. */
export interface Answer {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
}

const longestMessage = 300;
const longestCode = 128;
const xmlEntities = new Map([
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&quot;", '"'],
  ["&apos;", "'"],
  ["&amp;", "&"],
]);

const Payload = z.record(z.string(), z.unknown());

/** How the gateway says no: in JSON or, whatever was asked for, in XML; older gateways write the names in lower case. */
interface Refusal {
  readonly code: string | null;
  readonly message: string | null;
}

/**
 * Reads an answer of `api`, whatever its status. Throws `ProviderError` for everything that is not a JSON object saying
 * that the call was done, a 200 with an error inside among them. Redirects are errors: a signed request follows none.
 */
export function readAnswer(api: string, response: WireResponse): Answer {
  const payload = jsonObject(response.body);
  const requestId = requestIdOf(response, payload);
  const refusal = payload === undefined ? xmlRefusal(response.body) : jsonRefusal(payload);
  const done = response.status >= 200 && response.status < 300;
  if (done && payload !== undefined && refusal.code === null) return { payload, requestId };

  const retryAfterMs = retryAfter(response.headers);
  const detail = { code: refusal.code, requestId, retryAfterMs, serverTimeMs: serverTime(response.headers) };
  if (refusal.code !== null) {
    throw refused(saying(api, refusal), verdictOnCode(refusal.code, response.status, retryAfterMs), detail);
  }
  // A JSON object without a code is a refusal by ECS itself; anything else was written by something in between.
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
  // Its message holds the text to sign, and with it the security token.
  if (refusal.code === "SignatureDoesNotMatch" || refusal.code === "IncompleteSignature") {
    return `${api}: the provider did not accept the signature`;
  }
  return `${api}: ${safeLine(refusal.message ?? "", longestMessage) || `refused with ${refusal.code}`}`;
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
  return { code: worked ? null : safeLine(code, longestCode), message };
}

function xmlRefusal(body: string): Refusal {
  if (!/<Error[\s>]/.test(body)) return { code: null, message: null };
  const code = xmlText(body, "Code");
  return { code: code === null ? null : safeLine(code, longestCode), message: xmlText(body, "Message") };
}

/** The text of the first element of that name; enough for an error's flat list of elements. */
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
  return found === null ? null : safeLine(found, longestCode);
}

function text(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

/** `x-acs-retry-after` counts milliseconds, `Retry-After` seconds or names a date. */
function retryAfter(headers: WireResponse["headers"]): number | null {
  const ownMs = headers["x-acs-retry-after"];
  if (ownMs !== undefined && /^[1-9]\d{0,8}$/.test(ownMs)) return Number(ownMs);
  const standard = headers["retry-after"];
  if (standard === undefined) return null;
  if (/^\d{1,6}$/.test(standard)) return Number(standard) * 1_000;
  const until = httpDate(standard);
  const now = serverTime(headers);
  return until === null || now === null ? null : Math.max(0, until - now);
}

function serverTime(headers: WireResponse["headers"]): number | null {
  return httpDate(headers["date"] ?? "");
}

/**
 * The one form that servers may send: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 * Anything else that reads as a date could lie in a year that no signature can be made for.
 */
function httpDate(text: string): number | null {
  const isOne = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text);
  const parsed = isOne ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}
