import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import {
  createSecretsManagerReader,
  createSsmReader,
  credentialFromEnvironment,
} from "../../../lib/config/aws-secrets.ts";
import { systemClock, systemRandom } from "../../../lib/config/system-clock.ts";
import type { ProviderCall } from "../../../lib/transport/call.ts";
import { createCaller } from "../../../lib/transport/caller.ts";
import { createTransport } from "../../../lib/transport/node-transport.ts";
import { bodyOf, listenHttp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../fakes/loopback-server.ts";

const servers: LoopbackServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

interface Seen {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** @param first the status of the first answer; 0 for none */
async function aws(status: number, answer: string, first = status) {
  const seen: Seen[] = [];
  const server = await listenHttp(async (request, response) => {
    seen.push({ headers: request.headers, body: await bodyOf(request) });
    const current = seen.length === 1 ? first : status;
    if (current !== 0) response.writeHead(current, { "content-type": "application/x-amz-json-1.1" }).end(answer);
  });
  servers.push(server);
  const options = {
    region: "eu-west-1",
    credential: async () => ({ accessKeyId: "AKID", secretAccessKey: "SECRET", sessionToken: "TOKEN" }),
    endpoint: () => server.url.href,
    call: createCaller({
      transport: createTransport({ connectTimeoutMs: 2000, answerTimeoutMs: 2000, maxBodyBytes: 10_000 }),
      clock: systemClock,
      random: systemRandom,
      rate: { perSecond: 20, burst: 20 },
      deadlineMs: first === 0 ? 300 : 5000,
      maxTries: 3,
    }),
  };
  return { seen, options };
}

describe("createSsmReader()", () => {
  test("requests the decrypted parameter in a signed call", async () => {
    const { seen, options } = await aws(200, '{"Parameter":{"Name":"/a","Value":"v"}}');
    expect(await createSsmReader(options)("/a")).toBe("v");
    expect(seen[0]?.body).toBe('{"Name":"/a","WithDecryption":true}');
    expect(seen[0]?.headers).toMatchObject({
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonSSM.GetParameter",
      "x-amz-security-token": "TOKEN",
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/ssm\/aws4_request, SignedHeaders=.*x-amz-target.*, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  test("reports only the status when the call is rejected", async () => {
    const { options } = await aws(400, '{"__type":"AccessDeniedException","message":"arn:aws:iam::1:role/secret"}');
    const error = await createSsmReader(options)("/a").catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "HTTP 400", message: "HTTP 400" });
  });

  test("tries again after an error that may pass", async () => {
    const { seen, options } = await aws(200, '{"Parameter":{"Value":"v"}}', 503);
    expect(await createSsmReader(options)("/a")).toBe("v");
    expect(seen).toHaveLength(2);
  });

  test("times out when there is no response", async () => {
    const { options } = await aws(0, "");
    await expect(createSsmReader(options)("/a")).rejects.toMatchObject({
      name: "no answer within 300 ms over 1 try",
    });
  });

  test("throws when the response has no value", async () => {
    const { options } = await aws(200, '{"Parameter":{}}');
    await expect(createSsmReader(options)("/a")).rejects.toThrow();
  });
});

describe("createSecretsManagerReader()", () => {
  test("requests the secret's text in a signed call", async () => {
    const { seen, options } = await aws(200, '{"SecretString":"v"}');
    expect(await createSecretsManagerReader(options)("prod/key")).toBe("v");
    expect(seen[0]?.body).toBe('{"SecretId":"prod/key"}');
    expect(seen[0]?.headers["x-amz-target"]).toBe("secretsmanager.GetSecretValue");
    expect(seen[0]?.headers.authorization).toContain("/eu-west-1/secretsmanager/aws4_request");
  });

  test.each([
    ["prod/key", "secretsmanager.eu-west-1.amazonaws.com", "eu-west-1"],
    [
      "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:prod/key-AbCdEf",
      "secretsmanager.ap-southeast-1.amazonaws.com",
      "ap-southeast-1",
    ],
    [
      "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:prod/key-AbCdEf",
      "secretsmanager.cn-north-1.amazonaws.com.cn",
      "cn-north-1",
    ],
  ])("asks for %s at %s", async (name, host, region) => {
    const asked: string[] = [];
    const call = async <Answer>({ sign, read }: ProviderCall<Answer>) => {
      const { url, headers } = await sign({
        nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
        nonce: "n",
        freshCredential: false,
        call: {},
      });
      asked.push(`${url.host} ${headers["authorization"]} ${headers["x-amz-date"]}`);
      return read({ status: 200, headers: {}, body: '{"SecretString":"v"}' });
    };
    const { options } = await aws(200, "");
    await createSecretsManagerReader({ ...options, endpoint: () => undefined, call })(name);
    expect(asked[0]).toContain(
      `${host} AWS4-HMAC-SHA256 Credential=AKID/20260102/${region}/secretsmanager/aws4_request,`,
    );
    expect(asked[0]).toMatch(/ 20260102T030405Z$/);
  });
});

describe("credentialFromEnvironment()", () => {
  test("reads a lasting and a temporary credential, and says when there is none", () => {
    const lasting = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "SECRET" };
    expect(credentialFromEnvironment({ ...lasting, AWS_SESSION_TOKEN: "" })).toEqual({
      accessKeyId: "AKID",
      secretAccessKey: "SECRET",
    });
    expect(credentialFromEnvironment({ ...lasting, AWS_SESSION_TOKEN: "TOKEN" })).toMatchObject({
      sessionToken: "TOKEN",
    });
    const { AWS_ACCESS_KEY_ID } = lasting;
    expect(() => credentialFromEnvironment({ AWS_ACCESS_KEY_ID })).toThrow("there is no AWS credential");
  });
});
