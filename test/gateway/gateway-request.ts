import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { eventOf } from "../fakes/gateway-event.ts";
import type { Routed } from "./route-for.ts";

/**
 * A request as API Gateway passes it to a function, payload version 2.0.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function gatewayEvent(request: IncomingMessage, body: Buffer, routed: Routed): APIGatewayProxyEventV2 {
  const { method = "GET", url = "/", headersDistinct } = request;
  const { path: rawPath, query: rawQueryString } = splitTarget(url);
  const { cookie = [], ...others } = headersDistinct;
  const headers = Object.fromEntries(Object.entries(others).map(([name, values = []]) => [name, values.join(",")]));
  const cookies = cookie.flatMap((one) => one.split(/; */));
  const routeKey = routed.route.path === "*" ? "$default" : `${method} ${routed.route.path}`;
  const base = eventOf({ routeKey, rawPath, rawQueryString, headers });
  const isText = /^(text\/|application\/(json|javascript|xml))/i.test(headers["content-type"] ?? "text/plain");
  return {
    ...base,
    ...(cookies.length > 0 && { cookies }),
    ...(Object.keys(routed.pathParameters).length > 0 && { pathParameters: { ...routed.pathParameters } }),
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText }),
    requestContext: {
      ...base.requestContext,
      routeKey,
      http: { ...base.requestContext.http, method, path: rawPath, userAgent: headers["user-agent"] ?? "" },
    },
  };
}

/** Not parsed by `URL`, which would normalize the caller's text. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
