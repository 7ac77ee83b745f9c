import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { callAsPage } from "../fakes/web-page.ts";
import type { PageAnswer } from "../fakes/web-page.ts";
import { listenOnLoopback, stopServer } from "./loopback.ts";
import { ownCallersOnly } from "./own-callers.ts";
import type { CallerRule } from "./own-callers.ts";

interface Guarded {
  readonly port: number;
  /** How many requests have passed. */
  passed(): number;
}

async function startGuarded(rule?: CallerRule): Promise<Guarded> {
  let passed = 0;
  const listener = ownCallersOnly((_request, response) => {
    passed += 1;
    response.end("passed");
  }, rule);
  const server = createServer(listener);
  onTestFinished(() => stopServer(server));
  return { port: await listenOnLoopback(server, 0), passed: () => passed };
}

type Headers = Readonly<Record<string, string>>;

/** `PORT` in a header stands for the server's own port. */
function ask({ port }: Guarded, headers: Headers, method = "GET"): Promise<PageAnswer> {
  const sent = Object.entries(headers).map(([name, value]) => [name, value.replace("PORT", String(port))]);
  const body = method === "POST" ? { body: "{}" } : {};
  return callAsPage(`http://127.0.0.1:${port}/`, { method, headers: Object.fromEntries(sent), ...body });
}

/** Sends bytes as they are, which may be what node's client would not send. */
async function sendRaw({ port }: Guarded, lines: readonly string[]): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write(lines.map((line) => `${line.replace("PORT", String(port))}\r\n`).join(""));
  return text(socket);
}

describe("ownCallersOnly()", () => {
  test.each([
    ["localhost:PORT"],
    ["localhost"],
    ["LocalHost:PORT"],
    ["127.0.0.1:PORT"],
    ["127.0.0.1"],
    ["[::1]:PORT"],
    ["[::1]"],
  ])("passes a request to the host %s", async (host) => {
    const guarded = await startGuarded();
    expect((await ask(guarded, { host })).body).toBe("passed");
  });

  test.each([
    ["evil.example"],
    ["evil.example:PORT"],
    ["localhost.evil.example:PORT"],
    ["evil.localhost:PORT"],
    ["localhost.:PORT"],
    ["localhost:80"],
    ["localhost:0PORT"],
    ["localhost:PORT0"],
    ["localhost:"],
    ["user@localhost:PORT"],
    ["localhost:PORT@evil.example"],
    ["localhost, evil.example"],
    ["127.0.0.2:PORT"],
    ["127.1:PORT"],
    ["2130706433:PORT"],
    ["0.0.0.0:PORT"],
    ["::1"],
    ["[::]:PORT"],
    ["[::ffff:127.0.0.1]:PORT"],
    ["192.168.1.10:PORT"],
  ])("refuses a request to the host %j and says what to call", async (host) => {
    const guarded = await startGuarded();
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      const { status, headers, body } = await ask(guarded, { host }, method);
      expect([status, headers["content-type"]]).toEqual([403, "application/problem+json"]);
      expect(JSON.parse(body)).toMatchObject({
        type: "urn:image-tasks:problem:forbidden",
        detail: `The Host header does not name this server. Call http://localhost:${guarded.port}.`,
      });
    }
    expect(guarded.passed()).toBe(0);
  });

  test.each([
    ["no Host", ["GET / HTTP/1.0", ""], /^HTTP\/1.1 403 /],
    ["an empty Host", ["GET / HTTP/1.1", "Host:", "Connection: close", ""], /^HTTP\/1.1 403 /],
    ["no Host in HTTP/1.1", ["GET / HTTP/1.1", "Connection: close", ""], /^HTTP\/1.1 400 /],
    [
      "two Hosts",
      ["GET / HTTP/1.1", "Host: localhost:PORT", "Host: evil.example", "Connection: close", ""],
      /^HTTP\/1.1 40[03] /,
    ],
    [
      "two Origins",
      [
        "GET / HTTP/1.1",
        "Host: localhost:PORT",
        "Origin: http://localhost:PORT",
        "Origin: https://evil.example",
        "Connection: close",
        "",
      ],
      /^HTTP\/1.1 403 /,
    ],
    ["a tunnel", ["CONNECT evil.example:443 HTTP/1.1", "Host: evil.example:443", ""], /^$/],
  ])("refuses a request with %s", async (_what, lines, answer) => {
    const guarded = await startGuarded();
    expect(await sendRaw(guarded, lines)).toMatch(answer);
    expect(guarded.passed()).toBe(0);
  });

  test.each([["http://localhost:PORT"], ["http://127.0.0.1:PORT"], ["http://[::1]:PORT"], ["HTTP://LOCALHOST:PORT"]])(
    "passes a request with its own origin %s",
    async (origin) => {
      const guarded = await startGuarded();
      expect((await ask(guarded, { host: "localhost:PORT", origin })).body).toBe("passed");
    },
  );

  test.each([
    ["https://page.example"],
    ["http://evil.example:PORT"],
    ["null"],
    [""],
    ["http://localhost"],
    ["http://localhost:8080"],
    ["https://localhost:PORT"],
    ["http://localhost.:PORT"],
    ["http://user@localhost:PORT"],
    ["http://localhost:PORT/"],
    ["http://localhost:PORT http://evil.example"],
    ["file://"],
    ["chrome-extension://abcdef"],
  ])("refuses a request with the foreign origin %j", async (origin) => {
    const guarded = await startGuarded();
    const preflight = { host: "localhost:PORT", origin, "access-control-request-method": "PUT" };
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      const { status, headers, body } = await ask(guarded, preflight, method);
      expect([status, JSON.parse(body).detail]).toEqual([
        403,
        expect.stringMatching(/^The Origin header names .*out Origin\.$/),
      ]);
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
    const head = await ask(guarded, preflight, "HEAD");
    expect([head.status, head.body]).toEqual([403, ""]);
    expect(guarded.passed()).toBe(0);
  });

  test.each([
    ["cross-site", 403],
    ["same-site", 403],
    ["same-origin", 200],
    ["none", 200],
  ])("answers a request with Sec-Fetch-Site: %s with %i", async (site, status) => {
    const guarded = await startGuarded();
    const answer = await ask(guarded, { host: "localhost:PORT", "sec-fetch-site": site });
    expect([answer.status, guarded.passed()]).toEqual([status, status === 200 ? 1 : 0]);
    if (status === 403) expect(answer.body).toContain("The Sec-Fetch-Site header says ");
  });

  test("lets a caller that is still sending a long body read why it is refused", async () => {
    const guarded = await startGuarded();
    const body = "a".repeat(20_000_000);
    const headers = { origin: "https://page.example" };
    const answer = await fetch(`http://127.0.0.1:${guarded.port}/`, { method: "POST", headers, body });
    expect([answer.status, guarded.passed()]).toEqual([403, 0]);
  });
});

describe("ownCallersOnly() with other hosts", () => {
  test("passes a request to one of them, and to no further one", async () => {
    const guarded = await startGuarded({ otherHosts: ["127.0.0.1:5023"] });
    expect((await ask(guarded, { host: "127.0.0.1:5023" })).status).toBe(200);
    expect((await ask(guarded, { host: "localhost:PORT" })).status).toBe(200);
    expect((await ask(guarded, { host: "localhost:5023" })).status).toBe(403);
  });
});

describe("ownCallersOnly() with a secret", () => {
  const secret = { anyOf: ["s3cret-of-a-test", "another"], whereabouts: "the word on the door" };
  const rule = { secretFor: () => secret };
  const signature = (key: string) =>
    `AWS4-HMAC-SHA256 Credential=${key}/20260131/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;

  test.each([
    ["Bearer s3cret-of-a-test"],
    ["bearer  another"],
    [signature("s3cret-of-a-test")],
    [signature("another")],
  ])("passes a request with authorization: %s", async (authorization) => {
    const guarded = await startGuarded(rule);
    expect((await ask(guarded, { host: "localhost:PORT", authorization })).body).toBe("passed");
  });

  test.each([
    [{}],
    [{ authorization: "" }],
    [{ authorization: "Bearer" }],
    [{ authorization: "Bearer guess" }],
    [{ authorization: "Bearer s3cret-of-a-tes" }],
    [{ authorization: "Bearer s3cret-of-a-test and more" }],
    [{ authorization: "Bearer S3CRET-OF-A-TEST" }],
    [{ authorization: "s3cret-of-a-test" }],
    [{ authorization: "Basic s3cret-of-a-test" }],
    [{ authorization: signature("local") }],
    [{ authorization: signature("s3cret-of-a-test2") }],
    [{ authorization: `${signature("local")}, Credential=s3cret-of-a-test/` }],
    [{ "x-authorization": "Bearer s3cret-of-a-test" }],
  ])("refuses a request with %j and says where the secret is", async (headers) => {
    const guarded = await startGuarded(rule);
    const answer = await ask(guarded, { host: "localhost:PORT", ...headers });
    expect([answer.status, answer.headers["www-authenticate"], guarded.passed()]).toEqual([401, "Bearer", 0]);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: "urn:image-tasks:problem:unauthenticated",
      detail: expect.stringMatching(/^The Authorization header lacks the secret\..* It is the word on the door\.$/),
    });
    expect(answer.body).not.toContain("s3cret");
  });

  test("refuses a page that knows the secret", async () => {
    const guarded = await startGuarded(rule);
    const authorization = "Bearer s3cret-of-a-test";
    const pages = [{ host: "evil.example" }, { host: "localhost:PORT", origin: "https://page.example" }];
    for (const page of pages) expect((await ask(guarded, { ...page, authorization })).status).toBe(403);
    expect(guarded.passed()).toBe(0);
  });
});
