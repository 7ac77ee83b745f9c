/** HTTP over a Unix socket. Web pages cannot reach it, and its folder decides which users can. */
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

export interface SocketCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface SocketAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Rejects if there is no whole answer, or with an `AbortError`. */
export async function callSocket(socketPath: string, { body, ...call }: SocketCall): Promise<SocketAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SocketAnswer>();
  const request = httpRequest({ socketPath, agent: false, ...call });
  request.on("error", reject);
  request.on("response", (response) => {
    const { statusCode: status = 0, headers } = response;
    text(response).then((read) => resolve({ status, headers, body: read }), reject);
  });
  request.end(body);
  return promise;
}
