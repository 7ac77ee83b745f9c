import * as z from "zod/mini";
import { ProviderError, type ProviderErrorDetail } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { readHttpDate } from "../../transport/http-date.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";
import { errorText } from "../shared/redaction.ts";
import { type Verdict, verdictOnCode, verdictOnStatus } from "./refusal.ts";

/** A successful answer. */
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

  const retryAfterMs = readRetryAfter(response.headers, null);
  const detail = { code: refusal.code, requestId, retryAfterMs, serverTimeMs: readHttpDate(response.headers["date"]) };
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
  return found === null ? null : errorText(found, longestCode);
}

function text(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}
