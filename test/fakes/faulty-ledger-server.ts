import { request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { bodyOf, listenHttp } from "./loopback-server.ts";

/** What DynamoDB does instead of answering. */
export type LedgerFault =
  | { readonly kind: "refuse"; readonly status: number; readonly code: string }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" };

export const throttling = { kind: "refuse", status: 400, code: "ProvisionedThroughputExceededException" } as const;

export interface FaultyLedgerServer {
  readonly url: string;
  /** Applies to every request until it is set to `null`. */
  fault: LedgerFault | null;
  /** Requests so far. */
  readonly requests: number;
  close(): Promise<void>;
}

/** DynamoDB's API in front of `target`, which answers whatever the fault does not. */
export async function startFaultyLedgerServer(target: string): Promise<FaultyLedgerServer> {
  let requests = 0;
  const server = await listenHttp((request, response) => {
    requests += 1;
    void respond(request, response).catch(() => response.destroy());
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { fault } = faulty;
    if (fault === null) return passOn(request, body, response);
    if (fault.kind === "reset") return void request.socket.destroy();
    if (fault.kind === "hang") return;
    const type = `com.amazonaws.dynamodb.v20120810#${fault.code}`;
    response.writeHead(fault.status, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify({ __type: type, message: "as ordered by the test" }));
  }

  function passOn({ headers, method = "POST" }: IncomingMessage, body: string, response: ServerResponse): void {
    const { host } = new URL(target);
    const passed = httpRequest(target, { method, headers: { ...headers, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    passed.end(body);
  }

  const faulty: FaultyLedgerServer = {
    url: server.url.origin,
    fault: null,
    get requests() {
      return requests;
    },
    close: () => server.close(),
  };
  return faulty;
}
