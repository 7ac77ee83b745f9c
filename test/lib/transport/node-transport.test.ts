import { readFileSync } from "node:fs";
import type { RequestListener, IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { TransportOptions, WireRequest } from "../../../lib/transport/call.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { bodyOf, listenHttp, listenHttps, listenTcp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../fakes/loopback-server.ts";

const limits: TransportOptions = { connectTimeoutMs: 2_000, answerTimeoutMs: 2_000, maxBodyBytes: 1_000 };
const never = new AbortController().signal;
const servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(listener: RequestListener): Promise<URL> {
  const server = await listenHttp(listener);
  servers.push(server);
  return server.url;
}

async function serveTls(certificate: string): Promise<URL> {
  const tls = { key: pem("server-key"), cert: pem(certificate) };
  const server = await listenHttps(tls, (_request, response) => response.end("secret garden"));
  servers.push(server);
  return server.url;
}

async function serveTcp(protocol: "http:" | "https:", bytes: string | null): Promise<URL> {
  const server = await listenTcp(protocol, (socket) => {
    if (bytes !== null) socket.once("data", () => socket.end(bytes));
  });
  servers.push(server);
  return server.url;
}

function pem(name: string): string {
  return readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), "utf8");
}

function post(url: URL, body = ""): WireRequest {
  return { method: "POST", url, headers: { accept: "application/json" }, body };
}

describe("createTransport() sends", () => {
  test("the method, path, query, given headers, and UTF-8 body, and nothing else", async () => {
    const seen: { head: IncomingMessage; body: string }[] = [];
    const url = await serve(async (request, response) => {
      seen.push({ head: request, body: await bodyOf(request) });
      response.end();
    });
    const headers = {
      "X-Ca-Key": "k",
      accept: "application/json",
      Host: "elsewhere.example.com",
      "Content-Length": "1",
    };
    await createTransport(limits)(
      { method: "POST", url: new URL("/a/b?x=%20&y=", url), headers, body: "größe" },
      never,
    );
    expect(seen[0]?.head.method).toBe("POST");
    expect(seen[0]?.head.url).toBe("/a/b?x=%20&y=");
    expect(seen[0]?.body).toBe("größe");
    expect(seen[0]?.head.headers).toEqual({
      "x-ca-key": "k",
      accept: "application/json",
      host: url.host,
      "content-length": "7",
      connection: "keep-alive",
    });
  });

  test("content-length 0 with an empty POST and none with an empty GET", async () => {
    const lengths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      lengths.push(request.headers["content-length"]);
      response.end();
    });
    const transport = createTransport(limits);
    await transport(post(url), never);
    await transport({ method: "GET", url, headers: {}, body: "" }, never);
    expect(lengths).toEqual(["0", undefined]);
  });

  test("a second request over the connection of the first", async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end("ok");
    });
    const transport = createTransport(limits);
    await transport(post(url), never);
    await transport(post(url), never);
    expect(ports.size).toBe(1);
  });
});

describe("createTransport() returns", () => {
  test("the status, lower-case header names, and the whole body, whatever the status", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(503, { "X-Request-Id": "R1", "Content-Type": "text/html" });
      response.write("<html>");
      response.end("é</html>");
    });
    const answer = await createTransport(limits)(post(url), never);
    expect(answer.status).toBe(503);
    expect(answer.headers["x-request-id"]).toBe("R1");
    expect(answer.headers["content-type"]).toBe("text/html");
    expect(answer.body).toBe("<html>é</html>");
  });

  test("the redirect itself when the provider redirects", async () => {
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const answer = await createTransport(limits)(post(url), never);
    expect(answer.status).toBe(302);
    expect(answer.headers["location"]).toBe("/elsewhere");
    expect(paths).toEqual(["/"]);
  });

  test("a slow answer within its timeout", async () => {
    const url = await serve((_request, response) => setTimeout(() => response.end("late"), 60));
    const answer = await createTransport(limits)(post(url), never);
    expect(answer.body).toBe("late");
  });

  test("a character whose bytes arrive separately", async () => {
    const euro = Buffer.from("€");
    const url = await serve((_request, response) => {
      response.write(euro.subarray(0, 1));
      setTimeout(() => response.end(euro.subarray(1)), 20);
    });
    expect((await createTransport(limits)(post(url), never)).body).toBe("€");
  });

  test("a body of exactly the maximum size", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(1_000)));
    expect((await createTransport(limits)(post(url), never)).body).toHaveLength(1_000);
  });
});

describe("createTransport() rejects", () => {
  test("a body over the maximum size while it is still arriving", async () => {
    let closed: () => void = () => undefined;
    const connectionClosed = new Promise<void>((resolve) => (closed = resolve));
    const url = await serve((_request, response) => {
      response.on("close", closed);
      response.write("x".repeat(1_001));
    });
    await expect(createTransport(limits)(post(url), never)).rejects.toMatchObject({
      name: "ProviderError",
      kind: "malformed",
      retry: "no",
      message: "answer longer than 1000 bytes",
    });
    await connectionClosed;
  });

  test("a body over the maximum size of its request, which is smaller than the transport's", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(101)));
    const transport = createTransport(limits);
    await expect(transport({ ...post(url), maxAnswerBytes: 100 }, never)).rejects.toMatchObject({
      kind: "malformed",
      message: "answer longer than 100 bytes",
    });
    expect((await transport({ ...post(url), maxAnswerBytes: 101 }, never)).body).toHaveLength(101);
  });

  test("a body in pieces of one byte, each of which costs time", async () => {
    const url = await serve((request, response) => {
      const pieces = Number(request.url?.slice(1));
      // Written at once: a response would write each piece by itself.
      response.socket?.end(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(pieces)}0\r\n\r\n`,
      );
    });
    const transport = createTransport({ ...limits, maxBodyBytes: 1_000_000 });
    await expect(transport(post(new URL("/100000", url)), never)).rejects.toMatchObject({
      name: "ProviderError",
      kind: "malformed",
      retry: "no",
      message: "answer in more than 4096 pieces",
    });
    expect((await transport(post(new URL("/4096", url)), never)).body).toHaveLength(4096);
  });

  test("an answer that never comes", async () => {
    const url = await serve(() => undefined);
    const transport = createTransport({ ...limits, answerTimeoutMs: 50 });
    await expect(transport(post(url), never)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      message: "no answer within 50 ms",
    });
  });

  test("an answer that trickles in for longer than its timeout", async () => {
    const url = await serve((_request, response) => {
      const drip = setInterval(() => response.write("."), 10);
      response.on("close", () => clearInterval(drip));
    });
    const transport = createTransport({ ...limits, answerTimeoutMs: 80 });
    await expect(transport(post(url), never)).rejects.toMatchObject({ message: "no answer within 80 ms" });
  });

  test("a connection whose TLS handshake times out", async () => {
    const url = await serveTcp("https:", null);
    const transport = createTransport({ ...limits, connectTimeoutMs: 60, answerTimeoutMs: 10 });
    await expect(transport(post(url), never)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      message: "no connection within 60 ms",
    });
  });

  test("a connection that is closed in the middle of the body", async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    });
    await expect(createTransport(limits)(post(url), never)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      message: "connection reset",
    });
  });

  test("a connection that is closed before the answer", async () => {
    const url = await serve((request) => request.socket.destroy());
    await expect(createTransport(limits)(post(url), never)).rejects.toMatchObject({ message: "connection reset" });
  });

  test("a port where nothing listens", async () => {
    const server = await listenHttp(() => undefined);
    await server.close();
    await expect(createTransport(limits)(post(server.url), never)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      message: "connection refused",
    });
  });

  test("a host that does not exist", async () => {
    const url = new URL("http://image-tasks-no-such-host.invalid/");
    await expect(createTransport(limits)(post(url), never)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "backoff",
      message: "host name not found",
    });
  });

  test("bytes that are not HTTP, without keeping them", async () => {
    const url = await serveTcp("http:", "SECRET nonsense\r\n\r\n");
    const error: unknown = await createTransport(limits)(post(url), never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "malformed", retry: "no", message: "answer is not valid HTTP" });
    expect(error).not.toHaveProperty("cause.rawPacket");
    expect(JSON.stringify(error) + String(error)).not.toContain("SECRET");
  });
});

describe("createTransport() with TLS", () => {
  test("trusts the given certificate authority", async () => {
    const url = await serveTls("server");
    const answer = await createTransport({ ...limits, ca: pem("ca") })(post(url), never);
    expect(answer.body).toBe("secret garden");
  });

  test("checks the certificate authority of each transport separately", async () => {
    const url = await serveTls("server");
    await createTransport({ ...limits, ca: pem("ca") })(post(url), never);
    await expect(createTransport(limits)(post(url), never)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "no",
      message: "certificate not trusted (set ca or NODE_EXTRA_CA_CERTS)",
    });
  });

  test("rejects a trusted certificate for another host", async () => {
    const url = await serveTls("other-host");
    await expect(createTransport({ ...limits, ca: pem("ca") })(post(url), never)).rejects.toMatchObject({
      retry: "no",
      message: "certificate is for another host name",
    });
  });

  test("rejects an expired certificate", async () => {
    const url = await serveTls("expired");
    await expect(createTransport({ ...limits, ca: pem("ca") })(post(url), never)).rejects.toMatchObject({
      retry: "no",
      message: "certificate has expired",
    });
  });

  test("reports that the server does not speak TLS", async () => {
    const url = await serveTcp("https:", "HTTP/1.1 200 OK\r\n\r\n");
    await expect(createTransport(limits)(post(url), never)).rejects.toMatchObject({
      kind: "unavailable",
      retry: "no",
      message: "TLS handshake failed",
    });
  });
});

describe("createTransport() when the caller aborts", () => {
  test("rejects with the signal's reason before anything is sent", async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    const reason = new Error("changed my mind");
    await expect(createTransport(limits)(post(url), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(requests).toBe(0);
  });

  test("rejects with the signal's reason while it waits for the answer", async () => {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const url = await serve(() => controller.abort(reason));
    await expect(createTransport(limits)(post(url), controller.signal)).rejects.toBe(reason);
  });

  test("rejects with the signal's reason in the middle of the body", async () => {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const url = await serve((_request, response) => {
      response.write("half");
      setTimeout(() => controller.abort(reason), 20);
    });
    await expect(createTransport(limits)(post(url), controller.signal)).rejects.toBe(reason);
  });
});
