/**
 * API Gateway on loopback, in front of the functions that serverless-offline runs. It invokes them instead of passing
 * requests on to serverless-offline's own HTTP server, which answers 200 with a stack for a function that failed, lets
 * pages of every origin read the answers, and has no limit for concurrent calls.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { createHttpDependencies } from "../../lib/http/http-dependencies.ts";
import { http } from "../../lib/http/http.ts";
import { Problem } from "../../lib/http/problem.ts";
import { maxBodyBytes } from "../../lib/http/request-limits.ts";
import { invocation } from "../fakes/gateway-event.ts";
import { gatewayEvent, splitTarget } from "../gateway/gateway-request.ts";
import { routeFor } from "../gateway/route-for.ts";
import type { TemplateRoute } from "../gateway/template-routes.ts";
import { parseJson } from "./event-entries.ts";
import { listenOnLoopback, stopServer } from "./loopback.ts";
import { ownCallersOnly } from "./own-callers.ts";
import { callSocket } from "./unix-socket.ts";

export interface ApiFrontOptions {
  /** 0 picks any free port. */
  readonly port: number;
  readonly routes: readonly TemplateRoute[];
  /** Invokes a function by its name in the template; see `createInvoker`. */
  readonly invoke: Invoke;
  /** What the functions check callers by. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly limits?: FrontLimits;
}

/** How many calls may run at the same time. Every further one is answered 503. */
interface FrontLimits {
  /** Calls with `wait`. */
  readonly waiting: number;
  readonly others: number;
}

/** A connection's rate serves seven waiting callers, and there are three sandbox clouds. */
const standardLimits: FrontLimits = { waiting: 20, others: 100 };

export interface ApiFront {
  readonly url: string;
  stop(): Promise<void>;
}

const FunctionResult = z.object({
  statusCode: z.int(),
  headers: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
  body: z.optional(z.string()),
});
type FunctionResult = z.infer<typeof FunctionResult>;

/** `undefined`: the function failed or did not answer. */
export type Invoke = (functionName: string, event: unknown) => Promise<FunctionResult | undefined>;

/** Well above the functions' limits, so that the functions reject first. */
const maxHeaderSize = 128 * 1024;

/** Rejects with EADDRINUSE if the port is in use. */
export async function startApiFront(options: ApiFrontOptions): Promise<ApiFront> {
  const run = createGate(options);
  const listener = ownCallersOnly((request, response) => {
    answer(options.routes, run, { request, response }).catch(() => response.destroy());
  });
  const server = createServer({ maxHeaderSize }, listener);
  const port = await listenOnLoopback(server, options.port);
  return { url: `http://127.0.0.1:${port}`, stop: () => stopServer(server) };
}

/** Invokes functions through Lambda's invoke API on a Unix socket. */
export function createInvoker(lambdaSocket: string, functionPrefix: string): Invoke {
  // The functions answer after 29 s at the latest.
  const timeoutMs = 30_000;
  return async (functionName, event) => {
    const path = `/2015-03-31/functions/${functionPrefix}${functionName}/invocations`;
    const body = JSON.stringify(event);
    try {
      const answered = await callSocket(lambdaSocket, {
        method: "POST",
        path,
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      return FunctionResult.safeParse(parseJson(answered.body)).data;
    } catch {
      return undefined;
    }
  };
}

type Run = (functionName: string, event: APIGatewayProxyEventV2) => Promise<FunctionResult | undefined>;

function createGate({ invoke, environment, limits = standardLimits }: ApiFrontOptions): Run {
  const running = { waiting: 0, others: 0 };
  const busy = http(createHttpDependencies(environment), async () => {
    throw new Problem("busy", { detail: "Too many calls are running", retryAfterSeconds: 5 });
  });
  return async (functionName, event) => {
    const kind = waits(functionName, event) ? "waiting" : "others";
    if (running[kind] >= limits[kind]) return FunctionResult.parse(await busy(event, invocation()));
    running[kind] += 1;
    try {
      // A caller that hangs up does not end its call, which goes on and keeps counting.
      return await invoke(functionName, event);
    } finally {
      running[kind] -= 1;
    }
  };
}

function waits(functionName: string, { rawQueryString }: APIGatewayProxyEventV2): boolean {
  return functionName === "get" && new URLSearchParams(rawQueryString).has("wait");
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(routes: readonly TemplateRoute[], run: Run, { request, response }: Exchange): Promise<void> {
  // One byte more than a function accepts tells it that the body is too large, however large it is.
  const body = await readBeginning(request, maxBodyBytes + 1);
  const { method = "GET", url = "/" } = request;
  const routed = routeFor(routes, method, splitTarget(url).path);
  if (routed === undefined) return send(response, gatewayAnswer(404, "Not Found"));
  const result = await run(routed.route.functionName, gatewayEvent(request, body, routed));
  send(response, result ?? gatewayAnswer(500, "Internal Server Error"));
}

async function readBeginning(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new Error("the request body is not bytes");
    if (bytes < maxBytes) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

function send(response: ServerResponse, { statusCode, headers, body }: FunctionResult): void {
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.end(body);
}

function gatewayAnswer(statusCode: number, message: string): FunctionResult {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
}
