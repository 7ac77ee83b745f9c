import middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { ProviderError } from "./errors.ts";
import type { Log } from "./log.ts";
import { entityTag, matchesEntityTag } from "./entity-tag.ts";
import { Problem, problemTypes, problemUrn } from "./problem.ts";

/** What a handler answers with; `body` becomes JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Respond = (event: APIGatewayProxyEventV2, signal: AbortSignal) => Promise<HttpAnswer>;

/** Kept back from the function's time-out, so that a late answer is still a problem document and not a cut line. */
const reserveMs = 1500;
export const maxBodyBytes = 64 * 1024;

/** The one HTTP stack. Errors are caught outermost: every failure is answered as `application/problem+json`. */
export function http(log: Log, respond: Respond): middy.MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({ timeoutEarlyInMillis: reserveMs })
    .onError((request) => {
      request.response = problemResponse(errorToProblem(request.error, log));
    })
    .handler(async (event, _context, { signal }) => answerResponse(await respond(event, signal)));
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

function errorToProblem(error: Error | null | undefined, log: Log): Problem {
  if (error instanceof Problem) return error;
  const status = error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 415) return new Problem("unsupported-media-type", { detail: "Send content-type: application/json" });
  if (status === 422) return new Problem("invalid-json", { detail: "The body could not be read as JSON" });
  if (error?.name === "TimeoutError" || error?.name === "AbortError") return new Problem("out-of-time");
  const message = error instanceof ProviderError ? `${error.kind}: ${error.message}` : error?.message;
  log("error", "request failed", { error: error?.name, detail: message });
  return new Problem("internal");
}
