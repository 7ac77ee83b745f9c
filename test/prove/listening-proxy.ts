import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { listenOnLoopback, stopServer } from "../local/loopback.ts";

/** Forwards every request unchanged and records its authentication headers. */
export interface ListeningProxy {
  readonly url: string;
  /** By the header's name and the order of arrival. */
  readonly heard: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

const listened = ["authorization", "x-ca-signature", "x-acs-security-token", "x-tc-token"];

export async function startListeningProxy(target: string): Promise<ListeningProxy> {
  const heard = new Map<string, string>();
  const server = createServer((request, response) => {
    for (const name of listened) {
      const value = request.headers[name];
      if (typeof value === "string") heard.set(`${name} ${heard.size}`, value);
      const signature = /Signature=([^,\s]+)/.exec(String(value ?? ""))?.[1];
      if (signature !== undefined) heard.set(`signature ${heard.size}`, signature);
    }
    passOn(request, response, new URL(request.url ?? "/", target));
  });
  const port = await listenOnLoopback(server, 0);
  return { url: `http://127.0.0.1:${port}`, heard, stop: () => stopServer(server) };
}

/** The host header stays unchanged, since it is signed. */
function passOn(request: IncomingMessage, response: ServerResponse, url: URL): void {
  const { method, headers } = request;
  const passed = httpRequest(url, { ...(method === undefined ? {} : { method }), headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  passed.on("error", () => response.destroy());
  request.pipe(passed);
}
