import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { Access } from "../config/environment.ts";
import type { Log } from "../config/log.ts";
import { ProviderError } from "../domain/errors.ts";
import { LedgerUnavailableError, RecordContendedError, UnreadableItemError } from "../ledger/ledger.ts";
import { authorize } from "./access.ts";
import { answerBytesOf, maxAnswerBytes } from "./answer-size.ts";
import { audit } from "./audit.ts";
import { boundProblem } from "./bound-problem.ts";
import type { Deadlines } from "./deadlines.ts";
import { entityTag, matchesEntityTag } from "./entity-tag.ts";
import { eventProblem } from "./gateway-event.ts";
import { bodyText, bodyProblem } from "./json-body.ts";
import {
  Problem,
  invalidParameters,
  ledgerProblem,
  problemTypes,
  problemUrn,
  unreadableRecordProblem,
  contendedRecordProblem,
} from "./problem.ts";
import { requireModestBody, requireModestSize, requireText } from "./request-limits.ts";

/** What every HTTP call needs. */
export interface HttpDependencies {
  readonly log: Log;
  readonly access: Access;
}

/** A handler's answer; `body` becomes JSON. */
interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface HttpDeadlines extends Deadlines {
  /** Aborts when waiting must end and the handler must answer with what it has. */
  readonly answerSignal: AbortSignal;
}

export type Respond = (event: APIGatewayProxyEventV2, deadlines: HttpDeadlines) => Promise<HttpAnswer>;

/** Reserved before the function's timeout, so that a late answer is still a problem document. */
const reserveMs = 1500;
/** Reserved for answering with what has been found. */
const answerReserveMs = 2500;
/** In bytes, for the status and headers of an answer. The longest header is `Link`. */
const reservedForHeaders = 16 * 1024;
/** Reserved for answering without the providers that have not answered. */
const providerReserveMs = 5000;

export type HttpFunction = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** The middleware of every HTTP function. Answers every failure as `application/problem+json`. */
export function http(deps: HttpDependencies, respond: Respond): HttpFunction {
  return forGatewayEvents(createHandler(deps, respond));
}

function forGatewayEvents(handle: HttpFunction): HttpFunction {
  return async (event, context) => {
    const problem = eventProblem(event);
    return problem === undefined ? handle(event, context) : problemResponse(problem);
  };
}

function createHandler(
  { log, access }: HttpDependencies,
  respond: Respond,
): middy.MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({ timeoutEarlyInMillis: reserveMs })
    .onError((request) => {
      request.response = asAsked(request.event, problemResponse(errorToProblem(request.error, log)));
      audit(request.event, request.response, log);
    })
    .after(({ event, response }) => audit(event, response, log))
    .before(({ event }) => {
      requireModestSize(event);
      authorize(event, access);
      requireText(event);
    })
    .handler(async (event, context, { signal }) => {
      const endingBefore = (reserve: number) => AbortSignal.any([signal, timeoutBefore(context, reserve)]);
      const deadlines = {
        signal,
        answerSignal: endingBefore(answerReserveMs),
        providerSignal: endingBefore(providerReserveMs),
      };
      return asAsked(event, withinLimit(answerResponse(await respond(event, deadlines))));
    });
}

type RespondToBody = (event: APIGatewayProxyEventV2, deadlines: HttpDeadlines, body: unknown) => Promise<HttpAnswer>;

/** `http` for calls with a JSON body. Middy parses it; the handler still validates it. */
export function httpWithBody(deps: HttpDependencies, respond: RespondToBody): HttpFunction {
  const handle = createHandler(deps, (event, deadlines) => respond(event, deadlines, event.body))
    .before(({ event }) => {
      requireModestBody(event);
      event.body = bodyText(event);
      event.isBase64Encoded = false;
    })
    .use(httpJsonBodyParser());
  return forGatewayEvents(handle);
}

function timeoutBefore(context: Context, reserve: number): AbortSignal {
  // Timers take whole milliseconds, and the remaining time may be fractional.
  return AbortSignal.timeout(Math.max(0, Math.floor(context.getRemainingTimeInMillis() - reserve)));
}

/** Drops the body for HEAD. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2 */
function asAsked(
  { requestContext }: APIGatewayProxyEventV2,
  { body, ...response }: APIGatewayProxyStructuredResultV2,
): APIGatewayProxyStructuredResultV2 {
  return body === undefined || requestContext.http.method === "HEAD" ? response : { ...response, body };
}

/** For calls that take no query parameters. @throws Problem that names each one given, so that typos are noticed */
export function refuseParameters({ rawQueryString }: APIGatewayProxyEventV2): void {
  const names = [...new Set(new URLSearchParams(rawQueryString).keys())];
  if (names.length === 0) return;
  throw invalidParameters(names.map((field) => ({ field, detail: "is not a parameter of this call, which has none" })));
}

/**
 * 200 with an `ETag`, or 304 if the caller already has this body.
 * @param etag by default strong, from all of the body
 */
export function revalidated(
  request: APIGatewayProxyEventV2,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  etag: string = entityTag(JSON.stringify(body)),
): HttpAnswer {
  const tagged = { ...headers, etag };
  if (matchesEntityTag(request.headers["if-none-match"], etag)) return { status: 304, headers: tagged };
  return { status: 200, body, headers: tagged };
}

/** @throws Error if the answer is too large for a function, which the caller of the function would see as a crash */
function withinLimit(response: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  const { body = "" } = response;
  // No character of JSON takes more than three bytes, so most answers need not be measured.
  const roomBytes = maxAnswerBytes - reservedForHeaders;
  if (body.length * 3 <= roomBytes || answerBytesOf(body) <= roomBytes) return response;
  throw new RangeError(`the answer is too large: its body has ${Buffer.byteLength(body)} bytes`);
}

function answerResponse({ status, body, headers }: HttpAnswer): APIGatewayProxyStructuredResultV2 {
  const shared = { "cache-control": "no-cache", "x-content-type-options": "nosniff" };
  if (body === undefined) return { statusCode: status, headers: { ...shared, ...headers } };
  return {
    statusCode: status,
    headers: { "content-type": "application/json", ...shared, ...headers },
    body: JSON.stringify(body),
  };
}

function problemResponse(problem: Problem): APIGatewayProxyStructuredResultV2 {
  const { status, title } = problemTypes[problem.type];
  const { retryAfterSeconds, headers, ...detail } = boundProblem(problem.detail);
  return {
    statusCode: status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
      ...headers,
    },
    body: JSON.stringify({ type: problemUrn(problem.type), title, status, ...detail }),
  };
}

function errorToProblem(error: unknown, log: Log): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof LedgerUnavailableError) {
    log("warn", "the ledger is unavailable", { detail: error.message, code: error.code });
    return ledgerProblem(error);
  }
  if (error instanceof RecordContendedError) {
    log("warn", "a record was changed by other writers at every attempt", { detail: error.message });
    return contendedRecordProblem();
  }
  if (error instanceof UnreadableItemError) {
    log("warn", "an item of the ledger cannot be read", { id: error.item.id, detail: error.message });
    return unreadableRecordProblem(error);
  }
  if (!(error instanceof Error)) return internalProblem({ error: typeof error }, log);
  const refusal = bodyProblem(error);
  if (refusal !== undefined) return refusal;
  if (error.name === "TimeoutError" || error.name === "AbortError") return new Problem("out-of-time");
  const detail = error instanceof ProviderError ? `${error.kind}: ${error.message}` : error.message;
  return internalProblem({ error: error.name, detail, stack: error.stack }, log);
}

/** Logs what went wrong inside and hides it from the caller. */
function internalProblem(facts: Readonly<Record<string, unknown>>, log: Log): Problem {
  log("error", "request failed", facts);
  return new Problem("internal");
}
