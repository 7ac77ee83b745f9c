import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Log } from "../config/log.ts";
import { boundText } from "../domain/bound-text.ts";
import { callerOf } from "./access.ts";

const longestFact = 512;

/**
 * Logs who asked for a change, of what, and how it ended: one line for each call that may change something. Never logs a
 * header or a body, which may hold a token.
 */
export function audit(
  event: APIGatewayProxyEventV2,
  response: APIGatewayProxyStructuredResultV2 | null | undefined,
  log: Log,
): void {
  const { requestContext, rawPath, routeKey } = event;
  const { method } = requestContext.http;
  if (method === "GET" || method === "HEAD" || routeKey === "$default") return;
  // A task that is tracked has no path before, and its location afterwards.
  const { location } = response?.headers ?? {};
  log("info", "audit", {
    call: routeKey,
    path: boundText(typeof location === "string" ? location : rawPath, longestFact),
    caller: boundText(callerOf(event), longestFact),
    status: response?.statusCode ?? null,
    requestId: requestContext.requestId,
  });
}
