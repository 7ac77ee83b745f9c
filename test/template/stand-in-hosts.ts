import { readFile } from "node:fs/promises";
import { request as sendRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { startConnectProxy } from "../fakes/connect-proxy.ts";
import { listenHttps } from "../fakes/loopback-server.ts";

/**
 * Hosts of AWS and of the clouds, which a function reaches by their own names: through a proxy, and with a certificate
 * of an authority that it was configured to trust. So a function needs no variable that the template does not set.
 */
export interface StandInHosts {
  readonly proxyUrl: URL;
  stop(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const certificates = new URL("../fixtures/tls/", import.meta.url);

/** The authority that signed the hosts' certificate. */
export const authorityFile = new URL("clouds-ca.pem", certificates);

/** @param hosts where the requests to each of them go; `aws` answers those to all hosts of AWS */
export async function startStandInHosts(hosts: ReadonlyMap<string, URL>, aws: Answer): Promise<StandInHosts> {
  const [key, cert] = await Promise.all(
    ["server-key.pem", "clouds.pem"].map((name) => readFile(new URL(name, certificates), "utf8")),
  );
  const server = await listenHttps({ key: key ?? "", cert: cert ?? "" }, (request, response) => {
    const host = request.headers.host ?? "";
    const upstream = hosts.get(host);
    if (upstream !== undefined) passOn(request, response, upstream);
    else if (host.endsWith(".amazonaws.com")) aws(request, response).catch((error: unknown) => fail(response, error));
    else fail(response, new Error(`there is no host ${host}`));
  });
  const proxy = await startConnectProxy({ tunnelTo: server.url });
  return {
    proxyUrl: proxy.url,
    async stop() {
      await proxy.close();
      await server.close();
    },
  };
}

/** With the host that was asked for, which the signature covers. */
function passOn(request: IncomingMessage, response: ServerResponse, upstream: URL): void {
  const { method, url: path, headers } = request;
  const target = { host: upstream.hostname, port: upstream.port, method, path, headers };
  const sent = sendRequest(target, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.on("error", (error) => fail(response, error));
  request.pipe(sent);
}

function fail(response: ServerResponse, error: unknown): void {
  if (!response.headersSent) response.writeHead(500);
  response.end(String(error));
}
