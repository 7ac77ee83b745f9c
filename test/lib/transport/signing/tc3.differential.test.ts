import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { CommonClient } from "tencentcloud-sdk-nodejs-common";
import { describe, expect, test } from "vitest";
import { signTc3 } from "../../../../lib/transport/signing/tc3.ts";
import type { Tc3Request } from "../../../../lib/transport/signing/tc3.ts";

interface SdkRequest {
  method: "GET" | "POST";
  url: string;
  payload: unknown;
  timestamp: number;
  service: string;
  secretId: string;
  secretKey: string;
  multipart: boolean;
  headers: Record<string, string>;
}

const sdkSign: { default: { sign3(request: SdkRequest): string } } = createRequire(import.meta.url)(
  "tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js",
);

const awkwardText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 24 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", " ", "\u0000", "\n\r\t", "未命名", "a b+c%20&d=e", "!'()*~-_.", "\u2028\u2029", "😀", '"\\/'),
);
const credential = fc.record({
  secretId: fc.stringMatching(/^AKID[A-Za-z0-9]{0,32}$/),
  secretKey: fc.oneof(fc.stringMatching(/^[A-Za-z0-9]{1,40}$/), fc.string({ unit: "binary", maxLength: 24 })),
});
const timestampSeconds = fc.oneof(
  fc.integer({ min: 0, max: 4_102_444_799 }),
  // The seconds around midnight UTC, where the date in the scope changes.
  fc
    .tuple(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: -2, max: 2 }))
    .map(([day, off]) => day * 86_400 + off),
);
const service = fc.constantFrom("ecm", "cvm", "sts", "x");
const host = fc.constantFrom(
  "ecm.tencentcloudapi.com",
  "ecm.intl.tencentcloudapi.com",
  "127.0.0.1",
  "localhost",
  "[::1]",
);
const port = fc.constantFrom("", ":443", ":4023", ":65535");
const contentType = fc.constantFrom(
  "application/json",
  "application/json; charset=utf-8",
  "application/octet-stream; charset=utf-8",
);
const jsonBody = fc.oneof(
  fc.record({ Filters: fc.array(fc.record({ Name: awkwardText, Values: fc.array(awkwardText, { maxLength: 3 }) })) }),
  fc.dictionary(awkwardText, fc.oneof(awkwardText, fc.integer(), fc.boolean(), fc.constant({}), fc.constant([]))),
);

function overSdk(sign: Omit<SdkRequest, "multipart">): string {
  return sdkSign.default.sign3({ ...sign, multipart: false });
}

describe("signTc3() compared with the official SDK", () => {
  test("matches for every JSON POST when given the host without the port, which the SDK does not sign", () => {
    const wire = fc.record({ json: jsonBody, at: timestampSeconds, service, host, port, contentType });
    fc.assert(
      fc.property(wire, credential, ({ json, at, service, host, port, contentType }, keys) => {
        const body = JSON.stringify(json);
        const signedHeaders = { "Content-Type": contentType };
        const url = new URL(`https://${host}/`);
        const ours = signTc3({ method: "POST", url, service, signedHeaders, body }, keys, at * 1000 + 999);
        const theirs = overSdk({
          method: "POST",
          url: `https://${host}${port}/`,
          // As bytes, since the SDK's JSON writer escapes different characters than JSON.stringify.
          payload: Buffer.from(body),
          timestamp: at,
          service,
          ...keys,
          headers: signedHeaders,
        });
        expect(ours).toEqual({ authorization: theirs, timestamp: String(at) });
      }),
      { numRuns: 2000 },
    );
  });

  test("matches for every GET with parameters in the query", () => {
    fc.assert(
      fc.property(fc.dictionary(awkwardText, awkwardText), credential, timestampSeconds, (params, keys, at) => {
        const url = new URL("https://ecm.tencentcloudapi.com/");
        url.search = new URLSearchParams(Object.entries(params).map(([name, value]): [string, string] => [name, value]))
          .toString()
          .replaceAll("+", "%20");
        const type = "application/x-www-form-urlencoded";
        const ours = signTc3(
          { method: "GET", url, service: "ecm", signedHeaders: { "Content-Type": type }, body: "" },
          keys,
          at * 1000,
        );
        const headers = { "Content-Type": type };
        const theirs = overSdk({
          method: "GET",
          url: url.href,
          payload: "",
          timestamp: at,
          service: "ecm",
          ...keys,
          headers,
        });
        expect(ours.authorization).toBe(theirs);
      }),
      { numRuns: 1000 },
    );
  });

  test("matches what the SDK sends, with and without a security token", async () => {
    await using server = await startRecorder();
    const token = fc.option(fc.stringMatching(/^[!-~]{1,64}$/), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(jsonBody, credential, token, async (json, keys, token) => {
        const { sent, body } = await server.sentBySdk(token === undefined ? keys : { ...keys, token }, json);
        const signedHeaders = { "Content-Type": String(sent["content-type"]) };
        const url = new URL("http://127.0.0.1/");
        const at = Number(sent["x-tc-timestamp"]);
        const ours = signTc3({ method: "POST", url, service: "127", signedHeaders, body }, keys, at * 1000);
        expect(sent["x-tc-token"]).toBe(token);
        expect(sent.authorization).toBe(ours.authorization);
      }),
      { numRuns: 300 },
    );
  });
});

describe("signTc3() where the official SDK deviates from the published algorithm", () => {
  const keys = { secretId: "AKIDtest", secretKey: "key" };

  test("signs the host with its port, which the SDK sends but does not sign", async () => {
    await using server = await startRecorder();
    const { sent, body } = await server.sentBySdk(keys, {});
    const url = new URL(`http://${sent.host}/`);
    expect(url.port).not.toBe("");
    const request: Tc3Request = {
      method: "POST",
      url,
      service: "127",
      signedHeaders: { "Content-Type": "application/json" },
      body,
    };
    const at = Number(sent["x-tc-timestamp"]);
    const ours = signTc3(request, keys, at * 1000).authorization;
    expect(ours).not.toBe(sent.authorization);
    expect(ours).toContain(`Signature=${publishedSignature({ host: url.host, service: "127", body, at })}`);
  });

  test("signs for the given product, where the SDK uses the first label of the endpoint", async () => {
    await using server = await startRecorder();
    const { sent } = await server.sentBySdk(keys, {});
    expect(sent.authorization).toContain("/127/tc3_request,");

    const url = new URL(`http://${sent.host}/`);
    const signedHeaders = { "Content-Type": "application/json" };
    const at = 1_592_293_410;
    const ours = signTc3(
      { method: "POST", url, service: "ecm", signedHeaders, body: "{}" },
      keys,
      at * 1000,
    ).authorization;
    expect(ours).toContain("Credential=AKIDtest/2020-06-16/ecm/tc3_request,");
    expect(ours).toContain(`Signature=${publishedSignature({ host: url.host, service: "ecm", body: "{}", at })}`);
  });

  test("signs header values in lower case, where the SDK keeps their case", () => {
    const signedHeaders = { "Content-Type": "application/json; charset=UTF-8" };
    const url = new URL("https://ecm.tencentcloudapi.com/");
    const at = 1_592_293_410;
    const ours = signTc3(
      { method: "POST", url, service: "ecm", signedHeaders, body: "{}" },
      keys,
      at * 1000,
    ).authorization;
    const parts = { method: "POST" as const, url: url.href, payload: {}, timestamp: at, service: "ecm" };
    expect(ours).not.toBe(overSdk({ ...parts, ...keys, headers: signedHeaders }));
    expect(ours).toBe(overSdk({ ...parts, ...keys, headers: { "Content-Type": "application/json; charset=utf-8" } }));
  });
});

/** The published steps written again, without any product code; the secret key is `key`. */
function publishedSignature(of: { host: string; service: string; body: string; at: number }): string {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const date = new Date(of.at * 1000).toISOString().slice(0, 10);
  const canonical =
    `POST\n/\n\ncontent-type:application/json\nhost:${of.host}\n\n` + `content-type;host\n${sha256(of.body)}`;
  const text = `TC3-HMAC-SHA256\n${of.at}\n${date}/${of.service}/tc3_request\n${sha256(canonical)}`;
  return hmac(hmac(hmac(hmac("TC3key", date), of.service), "tc3_request"), text).toString("hex");
}

/** A server that records what the unmodified SDK sends. */
async function startRecorder() {
  const seen: { sent: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({ sent: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      response.setHeader("content-type", "application/json");
      response.end('{"Response":{"ImageTaskSet":null,"TotalCount":0,"RequestId":"r"}}');
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const profile = { httpProfile: { protocol: "http://" as const, endpoint: `127.0.0.1:${port}` } };

  async function sentBySdk(credential: { secretId: string; secretKey: string; token?: string }, json: unknown) {
    const client = new CommonClient("ecm.tencentcloudapi.com", "2019-07-19", { credential, region: "", profile });
    await client.request("DescribeCustomImageTask", json);
    const sent = seen.pop();
    if (sent === undefined) throw new Error("the SDK sent nothing");
    return sent;
  }

  async function close(): Promise<void> {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  return { sentBySdk, [Symbol.asyncDispose]: close };
}
