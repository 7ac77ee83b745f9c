import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { Access } from "../config/environment.ts";
import type { Log } from "../config/log.ts";
import { ProviderError } from "../domain/errors.ts";
import { authorize } from "./access.ts";
import type { Deadlines } from "./deadlines.ts";
import { entityTag, matchesEntityTag } from "./entity-tag.ts";
import { Problem, invalidParameters, problemTypes, problemUrn } from "./problem.ts";
import { requireModestBody, requireModestSize } from "./request-limits.ts";

/** What every HTTP call needs, whatever it does. */
export interface HttpDependencies {
  readonly log: Log;
  readonly access: Access;
}

/** What a handler answers with; `body` becomes JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpDeadlines extends Deadlines {
  /** Aborts when nothing more may be waited for: what there is must be answered now. */
  readonly answerSignal: AbortSignal;
}

export type Respond = (event: APIGatewayProxyEventV2, deadlines: HttpDeadlines) => Promise<HttpAnswer>;

/** Kept back from the function's time-out, so that a late answer is still a problem document and not a cut line. */
const reserveMs = 1500;
/** Kept back for answering with what has been found. */
const answerReserveMs = 2500;
/** Kept back for answering without the providers that are still silent. */
const providerReserveMs = 5000;

/** The one HTTP stack. Errors are caught outermost: every failure is answered as `application/problem+json`. */
export function http(
  { log, access }: HttpDependencies,
  respond: Respond,
): middy.MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({ timeoutEarlyInMillis: reserveMs })
    .onError((request) => {
      request.response = asAsked(request.event, problemResponse(errorToProblem(request.error, log)));
    })
    .before(({ event }) => {
      requireModestSize(event);
      authorize(event, access);
    })
    .handler(async (event, context, { signal }) => {
      const endingBefore = (reserve: number) => AbortSignal.any([signal, timeoutBefore(context, reserve)]);
      const deadlines = {
        signal,
        answerSignal: endingBefore(answerReserveMs),
        providerSignal: endingBefore(providerReserveMs),
      };
      return asAsked(event, answerResponse(await respond(event, deadlines)));
    });
}

/** `http` for calls with a JSON body. The body is parsed by middy; the handler still checks its shape. */
export function httpWithBody(deps: HttpDependencies, respond: Respond): ReturnType<typeof http> {
  return http(deps, respond)
    .before(({ event }) => requireModestBody(event))
    .use(httpJsonBodyParser());
}

function timeoutBefore(context: Context, reserve: number): AbortSignal {
  // A timer takes whole milliseconds only, and nobody promises that these are.
  return AbortSignal.timeout(Math.max(0, Math.floor(context.getRemainingTimeInMillis() - reserve)));
}

/** An answer to HEAD is the one to GET without its body. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2 */
function asAsked(
  { requestContext }: APIGatewayProxyEventV2,
  { body, ...response }: APIGatewayProxyStructuredResultV2,
): APIGatewayProxyStructuredResultV2 {
  return body === undefined || requestContext.http.method === "HEAD" ? response : { ...response, body };
}

/** For calls that take no query parameters: a misspelt wish is better refused than ignored. */
export function refuseParameters({ rawQueryString }: APIGatewayProxyEventV2): void {
  const names = [...new Set(new URLSearchParams(rawQueryString).keys())];
  if (names.length === 0) return;
  throw invalidParameters(names.map((field) => ({ field, detail: "is no parameter of this call; there are none" })));
}

/** A path parameter. Some gateways decode it and some do not; what cannot be decoded is taken as it is. */
export function pathParameter({ pathParameters }: APIGatewayProxyEventV2, name: string): string {
  const value = pathParameters?.[name] ?? "";
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** 200 with a strong `ETag`, or 304 to whoever already has these bytes. */
export function revalidated(
  request: APIGatewayProxyEventV2,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const etag = entityTag(JSON.stringify(body));
  const tagged = { ...headers, etag };
  if (matchesEntityTag(request.headers["if-none-match"], etag)) return { status: 304, headers: tagged };
  return { status: 200, body, headers: tagged };
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
  const { retryAfterSeconds, headers, ...detail } = problem.detail;
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
  if (!(error instanceof Error)) return internalProblem({ error: typeof error }, log);
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (status === 415) return new Problem("unsupported-media-type", { detail: "Send content-type: application/json" });
  if (status === 422) return new Problem("invalid-json", { detail: "The body could not be read as JSON" });
  if (error.name === "TimeoutError" || error.name === "AbortError") return new Problem("out-of-time");
  const detail = error instanceof ProviderError ? `${error.kind}: ${error.message}` : error.message;
  return internalProblem({ error: error.name, detail, stack: error.stack }, log);
}

/** The caller learns nothing of what went wrong inside; the log does. */
function internalProblem(facts: Readonly<Record<string, unknown>>, log: Log): Problem {
  log("error", "request failed", facts);
  return new Problem("internal");
}
