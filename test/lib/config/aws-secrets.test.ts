import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { createSecretsManagerReader, createSsmReader } from "../../../lib/config/aws-secrets.ts";
import { bodyOf, listenHttp } from "../../fakes/loopback-server.ts";
import type { LoopbackServer } from "../../fakes/loopback-server.ts";

const servers: LoopbackServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

interface Seen {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function aws(status: number, answer: string) {
  const seen: Seen[] = [];
  const server = await listenHttp(async (request, response) => {
    seen.push({ headers: request.headers, body: await bodyOf(request) });
    if (status !== 0) response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(answer);
  });
  servers.push(server);
  const options = {
    region: "eu-west-1",
    credential: async () => ({ accessKeyId: "AKID", secretAccessKey: "SECRET", sessionToken: "TOKEN" }),
    endpoint: () => server.url.href,
    timeoutMs: 300,
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
    expect(error).toMatchObject({ name: "HTTP 400", message: "answered 400" });
  });

  test("times out when there is no response", async () => {
    const { options } = await aws(0, "");
    await expect(createSsmReader(options)("/a")).rejects.toMatchObject({ name: "TimeoutError" });
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
});
