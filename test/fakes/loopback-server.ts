import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Server } from "node:net";
import { createServer as createTcpServer } from "node:net";
import type { Socket } from "node:net";

export interface LoopbackServer {
  readonly url: URL;
  close(): Promise<void>;
}

export interface LoopbackTls {
  readonly key: string;
  readonly cert: string;
}

/** An HTTP server on 127.0.0.1 and a port chosen by the system. */
export function listenHttp(listener: RequestListener): Promise<LoopbackServer> {
  return listen(createHttpServer(listener), "http:");
}

export function listenHttps(tls: LoopbackTls, listener: RequestListener): Promise<LoopbackServer> {
  return listen(createHttpsServer({ key: tls.key, cert: tls.cert }, listener), "https:");
}

/** A raw TCP server: `onConnection` handles the socket. */
export function listenTcp(
  protocol: "http:" | "https:",
  onConnection: (socket: Socket) => void,
): Promise<LoopbackServer> {
  return listen(createTcpServer(onConnection), protocol);
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  request.setEncoding("utf8");
  for await (const text of request) body += text;
  return body;
}

export async function listen(server: Server, protocol: string): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: new URL(`${protocol}//127.0.0.1:${address.port}/`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
