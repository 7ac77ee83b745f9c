import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { LoopbackServer, LoopbackTls } from "./loopback-server.ts";
import { listen } from "./loopback-server.ts";

export interface ConnectProxy extends LoopbackServer {
  /** What it was asked, in order. */
  readonly asked: readonly { readonly target: string; readonly headers: IncomingMessage["headers"] }[];
  /** The clients' connections that are open. */
  openConnections(): number;
}

/** What it does with a CONNECT: opens the tunnel to that port of loopback, whatever the host, or something else. */
export type ConnectAnswer = { readonly tunnelTo: URL } | { readonly status: number } | ((client: Duplex) => void);

/** An HTTP proxy on loopback that knows only CONNECT. */
export async function startConnectProxy(answer: ConnectAnswer, tls?: LoopbackTls): Promise<ConnectProxy> {
  const asked: ConnectProxy["asked"][number][] = [];
  const clients = new Set<Duplex>();
  const server = tls === undefined ? createHttpServer() : createHttpsServer({ key: tls.key, cert: tls.cert });
  server.on("connect", (request: IncomingMessage, client: Duplex) => {
    asked.push({ target: request.url ?? "", headers: request.headers });
    clients.add(client);
    client.on("close", () => clients.delete(client));
    client.on("error", () => undefined);
    client.on("end", () => client.destroy());
    if (!("tunnelTo" in answer)) client.resume();
    if (typeof answer === "function") return answer(client);
    // Stays open, as a proxy does that expects another try.
    if ("status" in answer) return client.write(`HTTP/1.1 ${answer.status} No\r\ncontent-length: 4\r\n\r\nbusy`);
    const target = connect(Number(answer.tunnelTo.port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
    target.on("close", () => client.destroy());
    client.on("close", () => target.destroy());
  });
  const { url, close } = await listen(server, tls === undefined ? "http:" : "https:");
  return { url, close, asked, openConnections: () => clients.size };
}
