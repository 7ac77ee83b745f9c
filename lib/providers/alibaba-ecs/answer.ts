import * as z from "zod/mini";
import type { Verdict } from "../../domain/error-table.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { readHttpDate } from "../../transport/http-date.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";
import { errorMessage, foreignAnswer, verdictOnForeign } from "../shared/error-message.ts";
import type { Clocks } from "../shared/error-message.ts";
import { parseJson } from "../shared/json.ts";
import { errorText } from "../shared/redaction.ts";
import { verdictOnCode, verdictOnStatus } from "./refusal.ts";

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

/** What was asked, for the error. */
export interface Asked {
  /** For example `DescribeTasks`. */
  readonly api: string;
  /** Our clock in epoch milliseconds, to show beside the provider's. */
  readonly nowMs: number;
}

/**
 * Reads a response, whatever its status. Throws `ProviderError` unless it is a JSON object that reports success. A
 * status of 200 can carry an error. Redirects are errors, because a signed request must not be redirected.
 */
export function readAnswer(response: WireResponse, asked: Asked): Answer {
  const payload = jsonObject(response.body);
  const requestId = requestIdOf(response, payload);
  const refusal = payload === undefined ? xmlRefusal(response.body) : jsonRefusal(payload);
  const done = response.status >= 200 && response.status < 300;
  const isOurs = payload !== undefined && (!done || requestId !== null || isAboutTasks(payload));
  if (done && isOurs && refusal.code === null) return { payload, requestId };

  const retryAfterMs = readRetryAfter(response.headers, null);
  const serverTimeMs = readHttpDate(response.headers["date"]);
  const detail = { code: shownCode(refusal), requestId, retryAfterMs, serverTimeMs };
  const verdict = verdictOn({ response, refusal, isOurs, retryAfterMs });
  const words = wordsOf({ response, refusal, isOurs }, verdict, { ...asked, serverTimeMs });
  const { kind, retry, scope } = verdict;
  throw new ProviderError(kind, `${asked.api}: ${words}`, { ...detail, retry, scope });
}

interface Refused {
  readonly response: WireResponse;
  readonly refusal: Refusal;
  /** ECS itself refuses with a JSON object, even without a code. Anything else was written by an intermediary. */
  readonly isOurs: boolean;
}

function verdictOn({ response, refusal, isOurs, retryAfterMs }: Refused & { retryAfterMs: number | null }): Verdict {
  if (refusal.code !== null) return verdictOnCode(refusal.code, response.status, retryAfterMs);
  if (isOurs) return verdictOnStatus(response.status, "bad-request", retryAfterMs);
  return verdictOnForeign(verdictOnStatus(response.status, "malformed", retryAfterMs));
}

function wordsOf({ response, refusal, isOurs }: Refused, verdict: Verdict, clocks: Clocks): string {
  const { message } = refusal;
  const code = shownCode(refusal);
  if (code !== null) return errorMessage(message ?? "", verdict, { ...clocks, otherwise: `refused with ${code}` });
  const otherwise = isOurs ? `HTTP ${response.status} with no error code` : foreignAnswer(response);
  return errorMessage("", verdict, { ...clocks, otherwise });
}

/** Every documented answer has a request id. This accepts one without it, but not another service's JSON. */
function isAboutTasks(payload: Readonly<Record<string, unknown>>): boolean {
  return ["TaskSet", "TotalCount", "TaskId"].some((name) => name in payload);
}

function jsonObject(body: string): Record<string, unknown> | undefined {
  return Payload.safeParse(parseJson(body.trim())).data;
}

function jsonRefusal(payload: Readonly<Record<string, unknown>>): Refusal {
  const code = text(payload["Code"]) ?? text(payload["code"]);
  const worked = code === null || /^(?:200|ok|success)$/i.test(code);
  const message = text(payload["Message"]) ?? text(payload["message"]);
  return { code: worked ? null : code, message };
}

function xmlRefusal(body: string): Refusal {
  if (!/<Error[\s>]/.test(body)) return { code: null, message: null };
  return { code: xmlText(body, "Code"), message: xmlText(body, "Message") };
}

function shownCode({ code }: Pick<Refusal, "code">): string | null {
  return code === null ? null : errorText(code, longestCode);
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
