import { request as httpRequest } from "node:http";
import type { ClientRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { RequestOptions } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { ProviderError } from "../domain/errors.ts";
import { networkError } from "./network-error.ts";
import type { ProxyRule } from "./proxy-rule.ts";

export interface HttpsAgentOptions {
  /** PEM of the authority that signed the servers' certificates. It does not apply to the proxy's own. */
  readonly ca?: string;
  readonly proxyFor: ProxyRule;
  /** For the proxy's answer and the TLS handshake together. Does not limit direct connections. */
  readonly connectTimeoutMs: number;
}

/**
 * Keeps connections open, and makes them through a proxy where there is one for the host. Fails with a `ProviderError`
 * that says when the proxy was at fault.
 *
 * Node's own `proxyEnv` is not used. It cannot be aborted while the proxy is silent, does not say which side failed,
 * puts the proxy's URL into messages, and skips a proxy that is written without a scheme.
 */
export function createHttpsAgent(options: HttpsAgentOptions): Agent {
  return new ProxyingAgent(options);
}

class ProxyingAgent extends Agent {
  readonly #proxyFor: ProxyRule;
  readonly #connectTimeoutMs: number;

  constructor({ ca, proxyFor, connectTimeoutMs }: HttpsAgentOptions) {
    super({ keepAlive: true, ...(ca === undefined ? {} : { ca }) });
    this.#proxyFor = proxyFor;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  override createConnection(
    options: RequestOptions,
    callback: (error: Error | null, stream?: Duplex) => void,
  ): Duplex | null | undefined {
    const target = { host: options.host ?? "", port: Number(options.port ?? 443) };
    const proxy = this.#proxyFor(target.host, target.port);
    if (proxy === undefined) return super.createConnection(options, callback);
    const { ca } = this.options;
    const { servername } = options;
    const tls = { host: target.host, ...(ca === undefined ? {} : { ca }), ...(servername ? { servername } : {}) };
    openTunnel({ proxy, target, tls, timeoutMs: this.#connectTimeoutMs }).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(networkError(error)),
    );
    return undefined;
  }
}

interface Tunnel {
  readonly proxy: URL;
  readonly target: { readonly host: string; readonly port: number };
  readonly tls: ConnectionOptions;
  readonly timeoutMs: number;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-connect */
async function openTunnel({ proxy, target, tls, timeoutMs }: Tunnel): Promise<TLSSocket> {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(noProxyConnection(timeoutMs)), timeoutMs);
  try {
    const socket = await askProxy(requestTunnel(proxy, target, tooLate.signal));
    return await startTls({ ...tls, socket }, tooLate.signal);
  } catch (error) {
    tooLate.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export function noProxyConnection(timeoutMs: number): ProviderError {
  return new ProviderError("unavailable", `no connection through the proxy within ${timeoutMs} ms`, {
    retry: "backoff",
  });
}

function requestTunnel(proxy: URL, { host, port }: Tunnel["target"], signal: AbortSignal): ClientRequest {
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const user = [proxy.username, proxy.password].map(decodeURIComponent).join(":");
  const credential = `Basic ${Buffer.from(user).toString("base64")}`;
  const request = proxy.protocol === "https:" ? httpsRequest : httpRequest;
  const proxyHost = proxy.hostname.replace(/^\[(.*)\]$/, "$1");
  return request({
    host: proxyHost,
    // Otherwise the name in the proxy's certificate is compared with the `host` header.
    servername: isIP(proxyHost) === 0 ? proxyHost : "",
    port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
    method: "CONNECT",
    path: authority,
    headers: {
      host: authority,
      // A connection of its own would be announced as one to be closed.
      connection: "keep-alive",
      ...(user === ":" ? {} : { "proxy-authorization": credential }),
    },
    agent: false,
    signal,
  });
}

function askProxy(request: ClientRequest): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    request.once("connect", ({ statusCode = 0 }, socket) => {
      // Whoever reads from the tunnel hears of it; without a listener it would end the process.
      socket.on("error", () => undefined);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(refusedByProxy(statusCode));
    });
    request.on("error", (error) => reject(beforeTunnel(error)));
    request.end();
  });
}

/** The last three say that the proxy did not reach the host, which may pass. */
function refusedByProxy(status: number): ProviderError {
  const retry = [502, 503, 504].includes(status) ? "backoff" : "no";
  return new ProviderError("unavailable", `the proxy refused the connection (${status})`, { retry });
}

function beforeTunnel(error: unknown): ProviderError {
  const { message, retry, cause } = networkError(error);
  return new ProviderError("unavailable", `no connection to the proxy (${message})`, { retry, cause });
}

function startTls(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls(options);
    const abort = () => socket.destroy();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("close", () => reject(insideTunnel(signal.reason)));
    socket.once("error", (error) => reject(insideTunnel(error)));
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", abort);
      resolve(socket);
    });
  });
}

/** A proxy that reads along shows a certificate of its own, so this may be the proxy's fault as well. */
function insideTunnel(error: unknown): ProviderError {
  const { message, retry, cause } = networkError(error);
  return new ProviderError("unavailable", `through the proxy: ${message}`, { retry, cause });
}
