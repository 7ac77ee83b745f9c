import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Agent as HttpsAgent } from "node:https";
import { ProviderError } from "../domain/errors.ts";
import { abortable } from "./abortable.ts";
import type { Transport, TransportOptions, WireRequest } from "./call.ts";
import { createHttpsAgent, noProxyConnection } from "./https-agent.ts";
import { networkError } from "./network-error.ts";
import type { ProxyRule } from "./proxy-rule.ts";

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * A transport with its own connections, so that a private certificate authority applies to one provider only.
 * It does not follow redirects: it returns the 3xx response and sends no signed header to another host.
 */
export function createTransport(options: TransportOptions): Transport {
  const { proxyFor = () => undefined } = options;
  const agents: Agents = {
    http: new HttpAgent({ keepAlive: true }),
    https: createHttpsAgent({ ...options, proxyFor }),
  };
  return async (request, signal) => {
    signal.throwIfAborted();
    const timeout = new AbortController();
    const ending = AbortSignal.any([signal, timeout.signal]);
    const outgoing = open(request, agents, ending);
    const proxied = isProxied(request.url, proxyFor);
    const timer = limitTimes(outgoing, { ...options, proxied }, (error) => timeout.abort(error));
    try {
      // A request that has no connection yet does not end before it has one.
      const incoming = await abortable(answerTo(outgoing, request.body), ending);
      const body = await readBounded(incoming, request.maxAnswerBytes ?? options.maxBodyBytes);
      return { status: incoming.statusCode ?? 0, headers: flatten(incoming.headers), body };
    } catch (error) {
      signal.throwIfAborted();
      timeout.signal.throwIfAborted();
      throw networkError(error);
    } finally {
      timer.stop();
    }
  };
}

/** Plain HTTP goes to loopback only, so it is never proxied. */
function isProxied(url: URL, proxyFor: ProxyRule): boolean {
  return url.protocol === "https:" && proxyFor(url.hostname, Number(url.port || 443)) !== undefined;
}

function open(request: WireRequest, agents: Agents, signal: AbortSignal): ClientRequest {
  const { method, url } = request;
  const headers = outgoingHeaders(request);
  return url.protocol === "https:"
    ? httpsRequest(url, { method, headers, signal, agent: agents.https })
    : httpRequest(url, { method, headers, signal, agent: agents.http });
}

function outgoingHeaders({ method, url, headers, body }: WireRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !["host", "content-length"].includes(name.toLowerCase()));
  const length = Buffer.byteLength(body);
  const withLength = method !== "GET" || length > 0;
  return { ...Object.fromEntries(kept), host: url.host, ...(withLength ? { "content-length": String(length) } : {}) };
}

interface TimeLimits extends Pick<TransportOptions, "connectTimeoutMs" | "answerTimeoutMs"> {
  readonly proxied: boolean;
}

/** Times the connection first, then the response. The response timer restarts once the request is fully sent. */
function limitTimes(outgoing: ClientRequest, limits: TimeLimits, expire: (error: ProviderError) => void) {
  const { connectTimeoutMs, answerTimeoutMs, proxied } = limits;
  const noConnection = proxied
    ? noProxyConnection(connectTimeoutMs)
    : unavailable(`no connection within ${connectTimeoutMs} ms`);
  let timer = setTimeout(() => expire(noConnection), connectTimeoutMs);
  let stopped = false;
  function timeAnswer(): void {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => expire(unavailable(`no answer within ${answerTimeoutMs} ms`)), answerTimeoutMs);
  }
  outgoing.once("socket", (socket) => {
    // The proxy's agent hands over a connection whose TLS handshake is done.
    if (outgoing.reusedSocket || proxied) return timeAnswer();
    socket.once(outgoing.protocol === "https:" ? "secureConnect" : "connect", timeAnswer);
  });
  outgoing.once("finish", timeAnswer);
  return {
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function answerTo(outgoing: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    // Stays on after the answer has begun: an error then is reported by the answer's own stream as well.
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** More pieces than any answer comes in. Each costs time, even with a single byte in it. */
const mostPieces = 4096;

function readBounded(incoming: IncomingMessage, maxBodyBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    // Closes the connection, so the rest is never received.
    const refuse = (what: string): void => void incoming.destroy(new ProviderError("malformed", what));
    incoming.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBodyBytes) return refuse(`answer longer than ${maxBodyBytes} bytes`);
      if (pieces.length === mostPieces) return refuse(`answer in more than ${mostPieces} pieces`);
      // A copy, because a piece may hold on to the whole packet that it came in.
      pieces.push(Buffer.from(chunk));
    });
    incoming.once("error", reject);
    incoming.once("end", () => resolve(new TextDecoder().decode(Buffer.concat(pieces))));
    incoming.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
  });
}

function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

function unavailable(message: string): ProviderError {
  return new ProviderError("unavailable", message, { retry: "backoff" });
}
