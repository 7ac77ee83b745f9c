import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { ProviderError } from "./errors.ts";
import type { Log } from "./log.ts";
import { entityTag, matchesEntityTag } from "./entity-tag.ts";
import type { Deadlines } from "./patience.ts";
import { Problem, invalidParameters, problemTypes, problemUrn } from "./problem.ts";

/** What a handler answers with; `body` becomes JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Respond = (event: APIGatewayProxyEventV2, deadlines: Deadlines) => Promise<HttpAnswer>;

/** Kept back from the function's time-out, so that a late answer is still a problem document and not a cut line. */
const reserveMs = 1500;
/** Kept back for answering without the providers that are still silent. */
const patienceReserveMs = 5000;
export const maxBodyBytes = 64 * 1024;

/** The one HTTP stack. Errors are caught outermost: every failure is answered as `application/problem+json`. */
export function http(
  log: Log,
  respond: Respond,
): middy.MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({ timeoutEarlyInMillis: reserveMs })
    .onError((request) => {
      request.response = problemResponse(errorToProblem(request.error, log));
    })
    .handler(async (event, context, { signal }) => {
      // A timer takes whole milliseconds only, and nobody promises that these are.
      const patienceMs = Math.max(0, Math.floor(context.getRemainingTimeInMillis() - patienceReserveMs));
      const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      return answerResponse(await respond(event, { signal, patience }));
    });
}

/** `http` for calls with a JSON body. The body is parsed by middy; the handler still checks its shape. */
export function httpWithBody(log: Log, respond: Respond): ReturnType<typeof http> {
  return http(log, respond)
    .before(({ event }) => {
      const encoding = event.isBase64Encoded ? "base64" : "utf8";
      if (Buffer.byteLength(event.body ?? "", encoding) <= maxBodyBytes) return;
      throw new Problem("body-too-large", { detail: `The body may have ${maxBodyBytes} bytes` });
    })
    .use(httpJsonBodyParser());
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
export function revalidated({ headers }: APIGatewayProxyEventV2, body: unknown): HttpAnswer {
  const etag = entityTag(JSON.stringify(body));
  if (matchesEntityTag(headers["if-none-match"], etag)) return { status: 304, headers: { etag } };
  return { status: 200, body, headers: { etag } };
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
  const { retryAfterSeconds, ...detail } = problem.detail;
  return {
    statusCode: status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
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
