import * as z from "zod/mini";
import { ProviderError } from "../../domain/errors.ts";
import type { ErrorKind, Retry } from "../../domain/errors.ts";
import type { WireResponse } from "../../transport/call.ts";
import { readHttpDate } from "../../transport/http-date.ts";
import { readRetryAfter } from "../../transport/retry-after.ts";
import { errorText } from "../shared/redaction.ts";

/** The content of `Response` in a successful response. */
export interface Answer {
  readonly requestId: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Asked {
  /** For example `DescribeCustomImageTask`. */
  readonly action: string;
  /** Epoch milliseconds, for a `Retry-After` that is a date. */
  readonly nowMs: number;
}

/** @see https://www.tencentcloud.com/document/product/1119/45633 */
const Envelope = z.object({
  Response: z.looseObject({
    // Shown in logs and API responses, so it must have the format of a request id.
    RequestId: z.catch(z.nullable(z.string().check(z.regex(/^[\w.:-]{1,128}$/))), null),
    Error: z.optional(z.nullable(z.object({ Code: z.string(), Message: z.catch(z.string(), "") }))),
  }),
});

interface Decision {
  readonly kind: ErrorKind;
  readonly retry: Retry;
}

const refused: Decision = { kind: "unauthorized", retry: "no" };
const throttled: Decision = { kind: "throttled", retry: "backoff" };
const unavailable: Decision = { kind: "unavailable", retry: "backoff" };
const badRequest: Decision = { kind: "bad-request", retry: "no" };
const malformed: Decision = { kind: "malformed", retry: "no" };

/**
 * The whole code decides first, then the part before its first dot. `LimitExceeded` is an exhausted quota, not a rate
 * limit, so it counts as a bad request.
 * @see https://www.tencentcloud.com/document/product/213/33281
 */
const decisions: ReadonlyMap<string, Decision> = new Map([
  ["AuthFailure.SignatureExpire", { kind: "unauthorized", retry: "fix-clock" }],
  ["AuthFailure.TokenFailure", { kind: "unauthorized", retry: "refresh-credential" }],
  ["AuthFailure", refused],
  ["UnauthorizedOperation", refused],
  ["IpInBlacklist", refused],
  ["IpNotInWhitelist", refused],
  ["RequestLimitExceeded", throttled],
  ["InternalError", unavailable],
  ["FailedOperation.InternalOperationFailure", unavailable],
  ["ServiceUnavailable", unavailable],
  ["ResourceUnavailable", unavailable],
  ["ResourceNotFound", { kind: "not-found", retry: "no" }],
]);

/**
 * Reads a response, or throws its `ProviderError`. `Response.Error` is the API's only sign of failure. The API's own
 * errors have status 200; any other status comes from an intermediary.
 */
export function readAnswer(response: WireResponse, asked: Asked): Answer {
  const envelope = readEnvelope(response.body);
  if (envelope?.Error) {
    const { Code, Message } = envelope.Error;
    const code = errorText(Code);
    const message = `${asked.action} was refused with ${code}: ${errorText(Message) || "no message"}`;
    throw problem(decisionOnCode(Code), message, { response, asked, code, requestId: envelope.RequestId });
  }
  if (response.status !== 200) {
    const message = `${asked.action} was answered with HTTP status ${response.status} and no error of the API`;
    throw problem(decisionOnStatus(response.status), message, { response, asked });
  }
  if (envelope === undefined) {
    throw problem(malformed, `${asked.action} was answered with something else than the API's JSON`, {
      response,
      asked,
    });
  }
  return { requestId: envelope.RequestId, fields: envelope };
}

function readEnvelope(body: string): z.infer<typeof Envelope>["Response"] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parsed = z.safeParse(Envelope, json);
  return parsed.success ? parsed.data.Response : undefined;
}

function decisionOnCode(code: string): Decision {
  const [family = code] = code.split(".");
  return decisions.get(code) ?? decisions.get(family) ?? badRequest;
}

function decisionOnStatus(status: number): Decision {
  if (status === 429) return throttled;
  if (status >= 500 || status === 408) return unavailable;
  if (status === 401 || status === 403 || status === 407) return refused;
  // Including 404: a gateway that does not know the path says nothing about a task.
  return malformed;
}

function problem(
  decision: Decision,
  message: string,
  seen: { response: WireResponse; asked: Asked; code?: string; requestId?: string | null },
): ProviderError {
  const { response, asked, code = null, requestId = null } = seen;
  const serverTimeMs = readHttpDate(response.headers["date"]);
  const retryAfterMs = response.status === 200 ? null : readRetryAfter(response.headers, asked.nowMs);
  const detail = { retry: decision.retry, code, requestId, serverTimeMs, retryAfterMs };
  return new ProviderError(decision.kind, message, detail);
}
