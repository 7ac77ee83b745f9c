import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { ownCallersOnly } from "../local/own-callers.ts";
import type { Answer, Exchange } from "./exchange.ts";

/** A real HTTP server on loopback, closed to web pages. It keeps running whatever it receives. */

export type Delivery =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** Announces the whole answer and sends half of it. */
  | { readonly kind: "truncate"; readonly answer: Answer }
  | { readonly kind: "reset" }
  | { readonly kind: "hang" };

export interface LoopbackServer {
  readonly url: string;
  /** Closes all connections, including hanging ones. */
  stop(): Promise<void>;
}

export interface LoopbackOptions {
  /** Names the server in the error for a port in use. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Accepted in `Host` beside the server's own names. */
  readonly otherHosts?: readonly string[];
  readonly maxBodyBytes: number;
  /** The time in the `Date` header. */
  readonly now: () => number;
  readonly handle: (exchange: Exchange) => Promise<Delivery>;
  readonly tooLarge: () => Answer;
  readonly brokenInside: (error: unknown) => Answer;
}

export async function listenOnLoopback(options: LoopbackOptions): Promise<LoopbackServer> {
  const { otherHosts = [] } = options;
  const listener = ownCallersOnly((request, response) => void serve(request, response, options), { otherHosts });
  const server = createServer(listener);
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new Error(listenProblem(error, options))));
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    url: `http://${options.host}:${port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listenProblem(error: NodeJS.ErrnoException, options: LoopbackOptions): string {
  const where = `${options.host}:${options.port}`;
  if (error.code === "EADDRINUSE")
    return `Port ${options.port} is taken: the sandbox needs ${where} for ${options.name}.`;
  return `The sandbox cannot listen on ${where} for ${options.name} (${error.code ?? "unknown error"}).`;
}

async function serve(request: IncomingMessage, response: ServerResponse, options: LoopbackOptions): Promise<void> {
  response.sendDate = false;
  response.setHeader("date", new Date(options.now()).toUTCString());
  response.on("error", () => response.destroy());
  try {
    const body = await readBody(request, options.maxBodyBytes);
    if (body === "too large") {
      response.setHeader("connection", "close");
      write(response, options.tooLarge());
      return;
    }
    deliver(response, await options.handle(toExchange(request, body)));
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy();
    else write(response, options.brokenInside(error));
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | "too large"> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= maxBytes) chunks.push(bytes);
    // Keep reading for a while, so that the caller can finish sending and read the response instead of a broken pipe.
    if (size > maxBytes * 8) throw new Error("The request does not end.");
  }
  return size > maxBytes ? "too large" : Buffer.concat(chunks);
}

function toExchange(request: IncomingMessage, body: Buffer): Exchange {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return {
    method: request.method ?? "",
    path: mark === -1 ? target : target.slice(0, mark),
    search: mark === -1 ? "" : target.slice(mark + 1),
    headers,
    body,
  };
}

function deliver(response: ServerResponse, delivery: Delivery): void {
  switch (delivery.kind) {
    case "answer":
      write(response, delivery.answer);
      return;
    case "truncate": {
      const whole = Buffer.from(delivery.answer.body, "utf8");
      writeHead(response, delivery.answer, whole.length);
      response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => response.destroy());
      return;
    }
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "hang":
      return;
  }
}

function write(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body, "utf8");
  writeHead(response, answer, body.length);
  response.end(body);
}

function writeHead(response: ServerResponse, { status, headers }: Answer, length: number): void {
  response.setHeader("content-length", length);
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) response.removeHeader(name);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
