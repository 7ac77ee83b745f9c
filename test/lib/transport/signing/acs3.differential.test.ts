import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Acs3Credential, type Acs3Request, signAcs3 } from "../../../../lib/transport/signing/acs3.ts";

/** The official SDK's signer, @alicloud/openapi-core (CommonJS, with types for an older TypeScript). */
interface OfficialSigner {
  hash(raw: Buffer, algorithm: string): Buffer;
  getAuthorization(
    request: { method: string; pathname: string; query: object; headers: object },
    algorithm: string,
    payloadHash: string,
    accessKeyId: string,
    accessKeySecret: string,
  ): string;
}
const { OpenApiUtil: official } = createRequire(import.meta.url)("@alicloud/openapi-core") as {
  OpenApiUtil: OfficialSigner;
};
const algorithm = "ACS3-HMAC-SHA256";

const awkward = fc.oneof(
  fc.constantFrom("", " ", "!'()*~", "a+b c", "%2B", "100%", "a=b&c=d", "=&?#/", "阿里云", "😀👩‍👩‍👧", "é\u0301", "\t"),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(..."!'()*~ +%&=/?#:;,@$-_.aZ9é云😀"), maxLength: 20 }),
);
const plainName = fc.string({
  unit: fc.constantFrom(..."ABYZabyz0189-_.~"),
  minLength: 1,
  maxLength: 12,
});
const headerValue = fc.oneof(
  fc.constantFrom("", " padded ", "application/json; charset=utf-8", "!'()*~+ ", "x:y;z", "文字"),
  fc.string({ maxLength: 20 }),
);
const ownName = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const headers = fc
  .record(
    {
      accept: fc.constantFrom("application/json", "*/*"),
      "User-Agent": fc.string({ maxLength: 8 }),
      "Content-Type": headerValue,
      extra: fc.dictionary(
        ownName.map((name) => `X-Acs-Own-${name}`),
        headerValue,
        { maxKeys: 3, noNullPrototype: true },
      ),
    },
    { requiredKeys: ["extra"] },
  )
  .map(({ extra, ...rest }) => ({ ...rest, ...extra }));
const credential: fc.Arbitrary<Acs3Credential> = fc.record(
  {
    accessKeyId: fc.stringMatching(/^[A-Za-z0-9.]{1,24}$/),
    accessKeySecret: fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
    securityToken: fc.oneof(fc.constantFrom("", "CAIS/abc+def=="), fc.base64String({ maxLength: 80 })),
  },
  { requiredKeys: ["accessKeyId", "accessKeySecret"] },
);
const host = fc.oneof(
  fc.constantFrom("ecs.cn-hangzhou.aliyuncs.com", "127.0.0.1:4021", "[::1]:8443", "ecs.example:1"),
  fc.integer({ min: 1, max: 65535 }).map((port) => `localhost:${port}`),
);
const request = (query: fc.Arbitrary<Record<string, string>>): fc.Arbitrary<Acs3Request> =>
  fc.record({
    method: fc.constantFrom("GET" as const, "POST" as const),
    host,
    action: fc.constantFrom("DescribeTasks", "DescribeTaskAttribute", "CancelTask"),
    version: fc.constant("2014-05-26"),
    query,
    headers,
    body: fc.oneof(fc.constant(""), awkward),
  });
const nowMs = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const nonce = fc.oneof(fc.uuid(), fc.stringMatching(/^[0-9a-f]{32}$/));

function officialAuthorization(asked: Acs3Request, sent: Record<string, string>, key: Acs3Credential): string {
  const { authorization: _, ...headersSent } = sent;
  const handed = {
    method: asked.method,
    pathname: "/",
    query: asked.query,
    headers: { ...headersSent, host: asked.host },
  };
  const payloadHash = official.hash(Buffer.from(asked.body, "utf8"), algorithm).toString("hex");
  return official.getAuthorization(handed, algorithm, payloadHash, key.accessKeyId, key.accessKeySecret);
}

/** Encodes byte by byte, unlike the code under test. */
function encodedBytes(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-_.~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

describe("signAcs3() compared with the official SDK", () => {
  test("returns the same authorization for any request with plain parameter names", () => {
    const query = fc.dictionary(plainName, awkward, { maxKeys: 8, noNullPrototype: true });
    fc.assert(
      fc.property(request(query), credential, nowMs, nonce, (asked, key, time, once) => {
        const sent = signAcs3(asked, { credential: key, nowMs: time, nonce: once });
        expect(sent["authorization"]).toBe(officialAuthorization(asked, sent, key));
      }),
      { numRuns: 2_000 },
    );
  });

  // The SDK does not encode names, so it gets encoded ones; the leading numbers keep their order.
  test("returns the same authorization for unusual parameter names passed to the SDK encoded", () => {
    const query = fc
      .array(fc.tuple(awkward, awkward), { maxLength: 8 })
      .map((pairs) => Object.fromEntries(pairs.map(([name, value], index) => [`p${index}${name}`, value])));
    fc.assert(
      fc.property(request(query), credential, nowMs, nonce, (asked, key, time, once) => {
        const sent = signAcs3(asked, { credential: key, nowMs: time, nonce: once });
        const encoded = Object.entries(asked.query).map(([name, value]) => [encodedBytes(name), value]);
        const handed = { ...asked, query: Object.fromEntries(encoded) };
        expect(sent["authorization"]).toBe(officialAuthorization(handed, sent, key));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("signAcs3() where the official SDK deviates from the published algorithm", () => {
  const plain = { method: "POST", host: "h", action: "A", version: "2014-05-26", query: {}, body: "" } as const;
  const key = { accessKeyId: "id", accessKeySecret: "secret" };
  const signing = { credential: key, nowMs: 0, nonce: "n" };

  test("encodes parameter names, which the SDK does not", () => {
    const asked = { ...plain, query: { "Tag Key": "v" } };
    const sent = signAcs3(asked, signing);
    expect(sent["authorization"]).not.toBe(officialAuthorization(asked, sent, key));
    // The page requires encode(name)=encode(value). The SDK signs that when it gets the name already encoded.
    expect(sent["authorization"]).toBe(officialAuthorization({ ...asked, query: { "Tag%20Key": "v" } }, sent, key));
  });

  test("rejects headers that differ only in case, which the SDK merges into one line", () => {
    const asked = { ...plain, headers: { "x-acs-test": "http", "X-Acs-Test": "https" } };
    const merged = signAcs3({ ...plain, headers: { "x-acs-test": "http,https" } }, signing);
    const officially = officialAuthorization(asked, { ...signAcs3(plain, signing), ...asked.headers }, key);
    expect(officially).toBe(merged["authorization"]);
    // The page requires one line per header, so a merged line matches no header that is sent.
    expect(() => signAcs3(asked, signing)).toThrow("header x-acs-test is given twice");
  });
});
