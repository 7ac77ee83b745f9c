import type { IncomingMessage, ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { checkResponse } from "../contract/check-response.ts";
import { decodedAndCut, eventOf, invocation } from "../fakes/gateway-event.ts";
import { bodyOf, listenHttp } from "../fakes/loopback-server.ts";
import type { LoopbackServer } from "../fakes/loopback-server.ts";
import { readTemplateRoutes } from "../gateway/template-routes.ts";
import type { TemplateRoute } from "../gateway/template-routes.ts";

export interface GatewayOptions {
  /** Time left until each function times out. Default 29 s. */
  readonly leftMs?: number;
  /** What the authorizer found, as it appears in the event. */
  readonly authorizer?: unknown;
  /** The mapping of a custom domain, for example `/base`. Default: none, behind the API's own endpoint. */
  readonly basePath?: string;
  /**
   * `decoded`: an HTTP API, which also cuts the path at a decoded `?`. `encoded`: a REST API, a function URL, or a load
   * balancer.
   */
  readonly paths?: "decoded" | "encoded";
}

type Handler = (
  event: APIGatewayProxyEventV2,
  context: ReturnType<typeof invocation>,
  options: { signal: AbortSignal },
) => Promise<APIGatewayProxyStructuredResultV2>;

const options = { signal: new AbortController().signal };

/**
 * Serves the functions over real HTTP with the template's own routes. Set their environment first.
 * A response that violates the contract is replaced by a 599 that describes the violation.
 */
export async function startGateway(wanted: GatewayOptions = {}): Promise<LoopbackServer> {
  const { leftMs = 29_000, authorizer, basePath = "", paths = "decoded" } = wanted;
  const routes = await readTemplateRoutes();
  const names = [...new Set(routes.map(({ functionName }) => functionName))];
  const loaded = names.map(async (name) => [name, (await import(`../../functions/${name}.ts`)).handler] as const);
  const handlers = new Map<string, Handler>(await Promise.all(loaded));
  return listenHttp((request, response) => {
    void respond(request, response).catch(() => response.destroy());
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? "/", "http://gateway");
    const method = request.method ?? "GET";
    if (!pathname.startsWith(`${basePath}/`)) return void response.writeHead(599).end("no API is mapped to this path");
    const path = pathname.slice(basePath.length);
    const { route, pathParameters } = routeOf(routes, method, path, paths);
    const body = await bodyOf(request);
    const routeKey = route.path === "*" ? "$default" : `${method} ${route.path}`;
    const rawPath = paths === "encoded" ? pathname : decodedAndCut(pathname);
    const plain = eventOf({
      routeKey,
      rawPath,
      rawQueryString: search.slice(1),
      headers: headersOf(request),
      pathParameters,
    });
    const requestContext = {
      ...plain.requestContext,
      routeKey,
      http: { ...plain.requestContext.http, method, path: rawPath },
      ...(basePath !== "" && { domainName: "images.example.com", domainPrefix: "images" }),
      ...(authorizer !== undefined && { authorizer }),
    };
    const handler = handlers.get(route.functionName);
    const event = { ...plain, requestContext, ...(body === "" ? {} : { body }) };
    const answer = await handler?.(event, invocation(leftMs), options);
    const { statusCode: status = 0, body: text = "" } = answer ?? {};
    try {
      checkResponse({ method, path, status, headers: answer?.headers ?? {}, body: text });
    } catch (error) {
      return void response.writeHead(599).end(String(error));
    }
    const headers = Object.entries(answer?.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
    response.writeHead(answer?.statusCode ?? 502, Object.fromEntries(headers)).end(answer?.body ?? "");
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The gateway prefers the route with the method and the path over the fallback. */
function routeOf(
  routes: readonly TemplateRoute[],
  method: string,
  path: string,
  paths: NonNullable<GatewayOptions["paths"]>,
) {
  for (const route of routes) {
    if (route.method !== method) continue;
    const found = new RegExp(`^${route.path.replace("{id}", "([^/]+)")}$`).exec(path);
    const [, id] = found ?? [];
    if (found === null) continue;
    return { route, pathParameters: id === undefined ? {} : { id: paths === "encoded" ? id : decodedAndCut(id) } };
  }
  const fallback = routes.find((route) => route.path === "*");
  if (fallback === undefined) throw new Error("the template has no route for everything");
  return { route: fallback, pathParameters: {} };
}
