import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { invocation } from "../fakes/gateway-event.ts";
import { gatewayEvent, splitTarget } from "../gateway/gateway-request.ts";
import { routeFor } from "../gateway/route-for.ts";
import { readTemplateRoutes } from "../gateway/template-routes.ts";
import { listenOnLoopback, stopServer } from "../local/loopback.ts";

/**
 * Serves the built functions over HTTP like API Gateway: routes from the template, payload version 2.0, and the
 * gateway's own answers when a function gives none.
 */

export interface ApiServerOptions {
  /** Folder of the bundles. */
  readonly bundles: string;
  /** 0 picks any free port. */
  readonly port: number;
  /** Called when a function throws or times out. */
  readonly onUnhandled: (what: string) => void;
}

export interface ApiServer {
  readonly url: string;
  /** Invokes a function by name, without HTTP. */
  invoke(name: string, event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

type Handler = (
  event: APIGatewayProxyEventV2,
  context: Context,
  options: { signal: AbortSignal },
) => Promise<APIGatewayProxyStructuredResultV2>;

const timeoutMs = 29_000;
/** Well above the functions' limits, so that the functions reject first. */
const maxHeaderSize = 128 * 1024;

/** The functions read `process.env` on import, which happens here. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const routes = await readTemplateRoutes();
  const handlers = new Map<string, Handler>();
  async function handlerOf(name: string): Promise<Handler> {
    const known = handlers.get(name);
    if (known !== undefined) return known;
    const { handler } = (await import(pathToFileURL(join(options.bundles, `${name}.mjs`)).href)) as {
      handler: Handler;
    };
    handlers.set(name, handler);
    return handler;
  }
  for (const { functionName } of routes) await handlerOf(functionName);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    const { method = "GET", url = "/" } = request;
    const routed = routeFor(routes, method, splitTarget(url).path);
    if (routed === undefined) return gatewayAnswer(response, 404, "Not Found");
    const handler = await handlerOf(routed.route.functionName);
    try {
      const result = await within(timeoutMs, handler(gatewayEvent(request, body, routed), contextNow(), noEnd));
      send(response, result);
    } catch (error) {
      const timedOut = error === tooLate;
      options.onUnhandled(`${method} ${url}: ${timedOut ? "no answer in time" : String(error)}`);
      gatewayAnswer(response, timedOut ? 503 : 500, timedOut ? "Service Unavailable" : "Internal Server Error");
    }
  }

  const server = createServer({ maxHeaderSize }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      options.onUnhandled(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  });
  const port = await listenOnLoopback(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    invoke: async (name, event) => (await handlerOf(name))(event as APIGatewayProxyEventV2, invocation(300_000), noEnd),
    stop: () => stopServer(server),
  };
}

const noEnd = { signal: new AbortController().signal };
const tooLate = new Error("no answer in time");

function contextNow(): Context {
  const endsAtMs = performance.now() + timeoutMs;
  return { ...invocation(), getRemainingTimeInMillis: () => endsAtMs - performance.now() };
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooLate), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function send(
  response: ServerResponse,
  { statusCode = 200, headers = {}, body = "" }: APIGatewayProxyStructuredResultV2,
) {
  const bytes = Buffer.from(body);
  const given = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const length = statusCode === 204 || statusCode === 304 ? {} : { "content-length": String(bytes.length) };
  response.writeHead(statusCode, { ...Object.fromEntries(given), ...length });
  response.end(bytes);
}

function gatewayAnswer(response: ServerResponse, status: number, message: string): void {
  send(response, {
    statusCode: status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message }),
  });
}
