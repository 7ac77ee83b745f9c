import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { request } from "node:https";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { TransportOptions, WireRequest } from "../../../lib/transport/call.ts";
import { createHttpsAgent } from "../../../lib/transport/https-agent.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { createProxyRule } from "../../../lib/transport/proxy-rule.ts";
import { startConnectProxy } from "../../fakes/connect-proxy.ts";
import type { ConnectAnswer, ConnectProxy } from "../../fakes/connect-proxy.ts";
import { bodyOf, listenHttps, listenTcp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer, LoopbackTls } from "../../fakes/loopback-server.ts";

/** A name that no resolver knows; the server's certificate is for it. */
const cloud = new URL("https://other.example.com/tasks");
const limits = { connectTimeoutMs: 2_000, answerTimeoutMs: 2_000, maxBodyBytes: 1_000 };
const never = new AbortController().signal;
const servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function pem(name: string): string {
  return readFileSync(pathOf(name), "utf8");
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
}

function tlsOf(certificate: string): LoopbackTls {
  return { key: pem("server-key"), cert: pem(certificate) };
}

function post(body = "", headers: Record<string, string> = {}): WireRequest {
  return { method: "POST", url: cloud, headers, body };
}

async function serveCloud(listener: RequestListener): Promise<URL> {
  const server = await listenHttps(tlsOf("other-host"), listener);
  servers.push(server);
  return server.url;
}

async function startProxy(answer: ConnectAnswer, tls?: LoopbackTls): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(answer, tls);
  servers.push(proxy);
  return proxy;
}

function through(proxy: URL, options: Partial<TransportOptions> = {}) {
  return createTransport({ ...limits, ca: pem("ca"), proxyFor: createProxyRule(proxy, []), ...options });
}

/** Waits until the client has closed its connection to the proxy. */
async function untilClosed(proxy: ConnectProxy): Promise<void> {
  await vi.waitFor(() => expect(proxy.openConnections()).toBe(0), { timeout: 2_000 });
}

describe("a transport with a proxy", () => {
  test("reaches a host that only the proxy can resolve, and keeps the tunnel", async () => {
    const seen: string[] = [];
    const tunnelTo = await serveCloud(async (request, response) => {
      seen.push(`${request.headers.host} ${request.headers["x-ca-key"]} ${await bodyOf(request)}`);
      response.end("secret garden");
    });
    const proxy = await startProxy({ tunnelTo });
    const transport = through(proxy.url);
    for (const body of ["one", "two"]) {
      const answer = await transport(post(body, { "x-ca-key": "k" }), never);
      expect([answer.status, answer.body]).toEqual([200, "secret garden"]);
    }
    expect(seen).toEqual(["other.example.com k one", "other.example.com k two"]);
    // The proxy sees where to, and nothing of what is said.
    expect(proxy.asked).toEqual([
      { target: "other.example.com:443", headers: { host: "other.example.com:443", connection: "keep-alive" } },
    ]);
  });

  test("gives the proxy its user and password, and the cloud neither", async () => {
    const headers: unknown[] = [];
    const tunnelTo = await serveCloud((request, response) => {
      headers.push(request.headers);
      response.end();
    });
    const proxy = await startProxy({ tunnelTo });
    const url = new URL(proxy.url);
    [url.username, url.password] = ["ops", "p%40ss:wörd"];
    await through(url)(post(), never);
    const credential = `Basic ${Buffer.from("ops:p@ss:wörd").toString("base64")}`;
    expect(proxy.asked[0]?.headers["proxy-authorization"]).toBe(credential);
    expect(headers).toEqual([{ host: "other.example.com", "content-length": "0", connection: "keep-alive" }]);
  });

  test("connects directly to loopback", async () => {
    const server = await listenHttps(tlsOf("server"), (_request, response) => response.end("direct"));
    servers.push(server);
    const proxy = await startProxy({ status: 403 });
    const answer = await through(proxy.url)({ ...post(), url: server.url }, never);
    expect([answer.body, proxy.asked]).toEqual(["direct", []]);
  });

  test("limits the answer's time once the tunnel is there", async () => {
    const proxy = await startProxy({ tunnelTo: await serveCloud(() => undefined) });
    await expect(through(proxy.url, { answerTimeoutMs: 60 })(post(), never)).rejects.toMatchObject({
      message: "no answer within 60 ms",
    });
  });
});

describe("a transport with a proxy names the proxy when", () => {
  test.each([
    [407, "no"],
    [403, "no"],
    [502, "backoff"],
    [503, "backoff"],
    [504, "backoff"],
  ])("it answers %i", async (status, retry) => {
    const proxy = await startProxy({ status });
    const url = new URL(proxy.url);
    [url.username, url.password] = ["ops", "hV9kQ2wZ7rT4"];
    const error: unknown = await through(url)(post(), never).catch((thrown: unknown) => thrown);
    const message = `the proxy refused the connection (${status})`;
    expect(error).toMatchObject({ name: "ProviderError", kind: "unavailable", retry, message });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hV9kQ2wZ7rT4|b3BzOmhWOWtRMndaN3JUNA/);
    await untilClosed(proxy);
  });

  test("nothing listens there", async () => {
    const proxy = await startProxy({ status: 403 });
    await proxy.close();
    await expect(through(proxy.url)(post(), never)).rejects.toMatchObject({
      retry: "backoff",
      message: "no connection to the proxy (connection refused)",
    });
  });

  test("its own name is not found", async () => {
    const transport = through(new URL("http://image-tasks-no-such-host.invalid:3128"));
    await expect(transport(post(), never)).rejects.toMatchObject({
      message: "no connection to the proxy (host name not found)",
    });
  });

  test("it closes the connection without an answer", async () => {
    const proxy = await startProxy((client) => client.destroy());
    await expect(through(proxy.url)(post(), never)).rejects.toMatchObject({
      message: "no connection to the proxy (connection reset)",
    });
  });

  test("its answer is not HTTP", async () => {
    const proxy = await startProxy((client) => void client.write("SECRET nonsense\r\n\r\n"));
    const error: unknown = await through(proxy.url)(post(), never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: "no connection to the proxy (answer is not valid HTTP)" });
    expect(inspect(error, { depth: 9 })).not.toContain("SECRET");
  });

  test("it does not answer in time", async () => {
    const proxy = await startProxy(() => undefined);
    await expect(through(proxy.url, { connectTimeoutMs: 60 })(post(), never)).rejects.toMatchObject({
      retry: "backoff",
      message: "no connection through the proxy within 60 ms",
    });
    await untilClosed(proxy);
  });

  test("the TLS handshake behind it does not end in time", async () => {
    const silent = await listenTcp("https:", () => undefined);
    servers.push(silent);
    const proxy = await startProxy({ tunnelTo: silent.url });
    await expect(through(proxy.url, { connectTimeoutMs: 60 })(post(), never)).rejects.toMatchObject({
      message: "no connection through the proxy within 60 ms",
    });
    await untilClosed(proxy);
  });

  test("it closes the tunnel during the TLS handshake", async () => {
    const closing = await listenTcp("https:", (socket) => socket.once("data", () => socket.destroy()));
    servers.push(closing);
    const proxy = await startProxy({ tunnelTo: closing.url });
    await expect(through(proxy.url)(post(), never)).rejects.toMatchObject({
      message: "through the proxy: connection reset",
    });
  });

  test("it shows a certificate that is not trusted", async () => {
    const proxy = await startProxy({ tunnelTo: await serveCloud((_request, response) => response.end()) });
    const transport = createTransport({ ...limits, proxyFor: createProxyRule(proxy.url, []) });
    await expect(transport(post(), never)).rejects.toMatchObject({
      retry: "no",
      message: "through the proxy: certificate not trusted (set ca or NODE_EXTRA_CA_CERTS)",
    });
  });

  test("it does not pass TLS on", async () => {
    const plain = await listenTcp("https:", (socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    });
    servers.push(plain);
    const proxy = await startProxy({ tunnelTo: plain.url });
    await expect(through(proxy.url)(post(), never)).rejects.toMatchObject({
      retry: "no",
      message: "through the proxy: TLS handshake failed",
    });
  });
});

test("an abort ends a call that waits for the proxy, with the caller's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  const proxy = await startProxy(() => controller.abort(reason));
  const startedMs = performance.now();
  await expect(through(proxy.url, { connectTimeoutMs: 1_500 })(post(), controller.signal)).rejects.toBe(reason);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

test("the agent by itself ends a request whose TLS handshake behind the proxy does not end in time", async () => {
  const silent = await listenTcp("https:", () => undefined);
  servers.push(silent);
  const proxy = await startProxy({ tunnelTo: silent.url });
  const agent = createHttpsAgent({ proxyFor: createProxyRule(proxy.url, []), connectTimeoutMs: 60 });
  const outcome = new Promise((resolve) => {
    request(cloud, { agent }).on("error", resolve).end();
  });
  expect(await outcome).toMatchObject({ message: "no connection through the proxy within 60 ms" });
});

/** The certificate authorities of NODE_EXTRA_CA_CERTS are read when a process starts. */
async function callInNewProcess(proxy: URL, env: Record<string, string>): Promise<string> {
  const [transport, rule] = ["node-transport", "proxy-rule"].map((name) =>
    JSON.stringify(new URL(`../../../lib/transport/${name}.ts`, import.meta.url)),
  );
  const program = `
    import { createTransport } from ${transport};
    import { createProxyRule } from ${rule};
    const proxyFor = createProxyRule(new URL(${JSON.stringify(proxy)}), []);
    const send = createTransport({ ...${JSON.stringify(limits)}, proxyFor });
    const request = { method: "GET", url: new URL(${JSON.stringify(cloud)}), headers: {}, body: "" };
    const answer = await send(request, new AbortController().signal).catch(({ message }) => ({ body: message }));
    process.stdout.write(answer.body);
    process.exit(0);`;
  const args = ["--input-type=module", "--eval", program];
  return (await promisify(execFile)(process.execPath, args, { env })).stdout;
}

test("NODE_EXTRA_CA_CERTS is trusted for a proxy that itself speaks TLS, and for the cloud behind it", async () => {
  const tunnelTo = await serveCloud((_request, response) => response.end("secret garden"));
  const proxy = await startProxy({ tunnelTo }, tlsOf("server"));
  expect(await callInNewProcess(proxy.url, { NODE_EXTRA_CA_CERTS: pathOf("ca") })).toBe("secret garden");
  expect(await callInNewProcess(proxy.url, {})).toBe(
    "no connection to the proxy (certificate not trusted (set ca or NODE_EXTRA_CA_CERTS))",
  );
});
