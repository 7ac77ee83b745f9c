import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalAcs3, canonicalQuery, signAcs3 } from "../../../../lib/transport/signing/acs3.ts";
import { encodeRfc3986 } from "../../../../lib/transport/signing/rfc3986.ts";

const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("signAcs3() and canonicalAcs3()", () => {
  // The example with fixed values on the published signature page.
  test("return the published hash and signature for the published example", () => {
    const query = { RegionId: "cn-shanghai", ImageId: "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd" };
    const headers = signAcs3(
      {
        method: "POST",
        host: "ecs.cn-shanghai.aliyuncs.com",
        action: "RunInstances",
        version: "2014-05-26",
        query,
        body: "",
      },
      {
        credential: { accessKeyId: "YourAccessKeyId", accessKeySecret: "YourAccessKeySecret" },
        nowMs: Date.UTC(2023, 9, 26, 10, 22, 32),
        nonce: "3156853299f313e23d1673dc12e1703d",
      },
    );
    expect(headers).toEqual({
      "x-acs-action": "RunInstances",
      "x-acs-content-sha256": emptySha256,
      "x-acs-date": "2023-10-26T10:22:32Z",
      "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
      "x-acs-version": "2014-05-26",
      authorization:
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId," +
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
    });
    expect(canonicalHash({ host: "ecs.cn-shanghai.aliyuncs.com", query, headers })).toBe(
      "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259",
    );
  });

  // Derived: @alicloud/openapi-core 1.0.8 and a second implementation agree on these three.
  const derived = [
    {
      name: "a list of two tasks",
      action: "DescribeTasks",
      accessKeyId: "testid",
      query: {
        PageNumber: "1",
        PageSize: "100",
        RegionId: "cn-hangzhou",
        StartTime: "2024-01-01T00:00:00Z",
        TaskIds: "t-bp1aaaaaaaaaaaaaaaaa,t-bp1bbbbbbbbbbbbbbbbb",
      },
      body: "",
      headers: {},
      securityToken: undefined,
      hash: "d7ac8951cb6ebe9d7a39a5439888a0fb1244ba9ad7e3c509f69bc3e8b4467e0a",
      signature: "8407b6b2f0b34a935b86485402f8d29e629a5cdbeb759ccc1f5898794e4ace37",
    },
    {
      name: "temporary credentials",
      action: "DescribeTaskAttribute",
      accessKeyId: "STS.testid",
      query: { RegionId: "cn-hangzhou", TaskId: "t-bp1aaaaaaaaaaaaaaaaa" },
      body: "",
      headers: {},
      securityToken: "CAIS/abc+def==",
      hash: "4c638c05baec5d0841eabe88a02f27066fe04e78a338e85027040c05d085f9e7",
      signature: "44ba67187e2711c63c2586d80555013a98a4c73df3d2d0905ee74d1d341f502f",
    },
    {
      name: "a form body and no query",
      action: "CancelTask",
      accessKeyId: "testid",
      query: {},
      body: "RegionId=cn-hangzhou&TaskId=t-bp1aaaaaaaaaaaaaaaaa",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      securityToken: undefined,
      hash: "70baae8c302067a4103042291bece365aca2f197160aea84c865bd97ab684a71",
      signature: "5c453344930a3fc1be28d7fa3b9d0cfdf1f173197a8a0b6bb20a1632fa1d8b6f",
    },
  ];
  test.each(derived)("return the derived hash and signature for $name", (vector) => {
    const host = "ecs.cn-hangzhou.aliyuncs.com";
    const { action, query, body, accessKeyId, securityToken } = vector;
    const headers = signAcs3(
      { method: "POST", host, action, version: "2014-05-26", query, headers: vector.headers, body },
      {
        credential: { accessKeyId, accessKeySecret: "testsecret", securityToken },
        nowMs: Date.UTC(2024, 0, 2, 3, 4, 5, 999),
        nonce: "0123456789abcdef0123456789abcdef",
      },
    );
    expect(canonicalHash({ host, query, headers })).toBe(vector.hash);
    expect(headers["authorization"]).toMatch(new RegExp(`Credential=${accessKeyId},.*,Signature=${vector.signature}$`));
  });
});

describe("signAcs3()", () => {
  const request = { method: "POST", host: "h", action: "A", version: "2014-05-26", query: {}, body: "" } as const;
  const signing = { credential: { accessKeyId: "id", accessKeySecret: "secret" }, nowMs: 0, nonce: "n" };

  test("omits the token header when the security token is empty", () => {
    const headers = signAcs3(request, { ...signing, credential: { ...signing.credential, securityToken: "" } });
    expect(Object.keys(headers)).not.toContain("x-acs-security-token");
    expect(headers).toEqual(signAcs3(request, signing));
  });

  test("signs content-type and every x-acs- header, but not accept or user-agent", () => {
    const given = { Accept: "application/json", "User-Agent": "x", "X-Acs-Extra": "1", "Content-Type": "text/plain" };
    const headers = signAcs3({ ...request, headers: given }, signing);
    expect(headers["authorization"]).toContain(
      "SignedHeaders=content-type;host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-extra;" +
        "x-acs-signature-nonce;x-acs-version,",
    );
    expect(headers).toMatchObject({ accept: "application/json", "user-agent": "x", "x-acs-extra": "1" });
  });

  test("trims a header's value for signing and sends it unchanged", () => {
    const bare = signAcs3({ ...request, headers: { "x-acs-extra": "a b" } }, signing);
    const padded = signAcs3({ ...request, headers: { "x-acs-extra": "  a b " } }, signing);
    expect(padded["authorization"]).toBe(bare["authorization"]);
    expect(padded["x-acs-extra"]).toBe("  a b ");
  });

  test("includes the port in the signed host", () => {
    const onPort = (host: string) => signAcs3({ ...request, host }, signing)["authorization"];
    expect(onPort("127.0.0.1:4021")).not.toBe(onPort("127.0.0.1"));
  });

  test("rejects a header given twice in different case, even one of its own", () => {
    const twice = { "x-acs-test": "http", "X-Acs-Test": "https" };
    expect(() => signAcs3({ ...request, headers: twice }, signing)).toThrow(TypeError);
    expect(() => signAcs3({ ...request, headers: { "X-Acs-Date": "now" } }, signing)).toThrow(
      "header x-acs-date is given twice",
    );
  });
});

describe("canonicalQuery()", () => {
  test("is empty without parameters and keeps the equals sign of an empty value", () => {
    expect(canonicalQuery({})).toBe("");
    expect(canonicalQuery({ empty: "", test: "ok" })).toBe("empty=&test=ok");
  });

  test("sorts by code unit, not alphabetically or numerically", () => {
    const query = { b: "1", B: "2", "ResourceIds.2": "3", "ResourceIds.10": "4", é: "5" };
    expect(canonicalQuery(query)).toBe("B=2&ResourceIds.10=4&ResourceIds.2=3&b=1&%C3%A9=5");
  });
});

describe("encodeRfc3986()", () => {
  test("keeps unreserved characters unchanged", () => {
    expect(encodeRfc3986("AZaz09-_.~")).toBe("AZaz09-_.~");
  });

  test("encodes everything else once, in upper case", () => {
    expect(encodeRfc3986("!'()*+/:=&% ,;@$?#[]")).toBe("%21%27%28%29%2A%2B%2F%3A%3D%26%25%20%2C%3B%40%24%3F%23%5B%5D");
    expect(encodeRfc3986("阿里云😀")).toBe("%E9%98%BF%E9%87%8C%E4%BA%91%F0%9F%98%80");
  });

  test("encodes a lone surrogate as the replacement character", () => {
    expect(encodeRfc3986("a\ud800b")).toBe("a%EF%BF%BDb");
  });
});

interface Sent {
  readonly host: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
}

function canonicalHash({ host, query, headers }: Sent): string {
  const bodySha256 = headers["x-acs-content-sha256"] ?? "";
  const signed = new Map([...Object.entries(headers), ["host", host]] as [string, string][]);
  const canonical = canonicalAcs3({ method: "POST", query, headers: signed, bodySha256 });
  return createHash("sha256").update(canonical).digest("hex");
}
