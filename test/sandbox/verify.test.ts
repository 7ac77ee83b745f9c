import { describe, expect, test } from "vitest";
import type { Exchange } from "./exchange.ts";
import { alibabaSdk, tencentSign } from "./official-sdks.ts";
import { acs3Omission, readAcs3Authorization, verifyAcs3 } from "./verify-acs3.ts";
import { verifyRpc1 } from "./verify-rpc1.ts";
import { readTc3Authorization, verifyTc3 } from "./verify-tc3.ts";
import { verifyTencentV1 } from "./verify-tencent-v1.ts";
import { verifyXCa } from "./verify-x-ca.ts";

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The example with fixed values on the vendor's V3 signature page. */
const acs3Example: Exchange = {
  method: "POST",
  path: "/",
  search: "RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
  headers: {
    host: "ecs.cn-shanghai.aliyuncs.com",
    accept: "application/json",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": emptyHash,
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
    authorization:
      "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
  },
  body: Buffer.alloc(0),
};

function acs3Claim(exchange: Exchange) {
  const claim = readAcs3Authorization(exchange.headers["authorization"] ?? "");
  if (claim === undefined) throw new Error("The example must be readable.");
  return claim;
}

describe("verifyAcs3()", () => {
  test("verifyAcs3() accepts the published example", () => {
    const claim = acs3Claim(acs3Example);
    expect(claim.accessKeyId).toBe("YourAccessKeyId");
    expect(acs3Omission(acs3Example, claim)).toBeUndefined();
    expect(verifyAcs3(acs3Example, claim, "YourAccessKeySecret")).toEqual({
      ok: true,
      stringToSign: "ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259",
    });
  });

  test.each([
    ["the secret is another", acs3Example, "another"],
    ["a parameter was changed", { ...acs3Example, search: `${acs3Example.search}x` }, "YourAccessKeySecret"],
    ["a body was added", { ...acs3Example, body: Buffer.from("a=b") }, "YourAccessKeySecret"],
    ["the method is another", { ...acs3Example, method: "GET" }, "YourAccessKeySecret"],
    [
      "the nonce was changed",
      { ...acs3Example, headers: { ...acs3Example.headers, "x-acs-signature-nonce": "0" } },
      "YourAccessKeySecret",
    ],
  ])("verifyAcs3() rejects the request when %s", (_case, exchange, secret) => {
    expect(verifyAcs3(exchange, acs3Claim(exchange), secret).ok).toBe(false);
  });

  test("verifyAcs3() rejects a body that does not match its hash header", () => {
    const { authorization: _unsigned, ...headers } = acs3Example.headers;
    const lying = { ...headers, "x-acs-content-sha256": emptyHash.replace("e3", "3e") };
    const authorization = alibabaSdk.OpenApiUtil.getAuthorization(
      { method: "POST", pathname: "/", query: {}, headers: lying },
      "ACS3-HMAC-SHA256",
      emptyHash,
      "testid",
      "testsecret",
    );
    const exchange = { ...acs3Example, search: "", headers: { ...lying, authorization } };
    expect(verifyAcs3(exchange, acs3Claim(exchange), "testsecret").ok).toBe(false);
  });

  test("acs3Omission() names an x-acs- header that was not signed", () => {
    const exchange = { ...acs3Example, headers: { ...acs3Example.headers, "x-acs-organizationid": "7" } };
    expect(acs3Omission(exchange, acs3Claim(exchange))).toBe("header x-acs-organizationid is not signed");
  });

  test.each([
    ["any type, for an empty body", "text/plain", ""],
    ["a binary type, for any body", "application/octet-stream", "a=b"],
  ])("acs3Omission() lets %s stay unsigned", (_case, type, body) => {
    const headers = { ...acs3Example.headers, "content-type": type };
    const exchange = { ...acs3Example, headers, body: Buffer.from(body) };
    expect(acs3Omission(exchange, acs3Claim(exchange))).toBeUndefined();
  });

  test("acs3Omission() names an unsigned type that says how to read the body", () => {
    const headers = { ...acs3Example.headers, "content-type": "application/x-www-form-urlencoded" };
    const exchange = { ...acs3Example, headers, body: Buffer.from("a=b") };
    expect(acs3Omission(exchange, acs3Claim(exchange))).toBe("header content-type is not signed");
  });

  test.each(["", "Bearer x", "ACS3-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=00"])(
    "readAcs3Authorization() returns nothing when the header is %j",
    (authorization) => {
      expect(readAcs3Authorization(authorization)).toBeUndefined();
    },
  );
});

describe("verifyRpc1()", () => {
  const params: [string, string][] = [
    ["AccessKeyId", "testid"],
    ["Action", "DescribeRegions"],
    ["Format", "XML"],
    ["SignatureMethod", "HMAC-SHA1"],
    ["SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"],
    ["SignatureVersion", "1.0"],
    ["Timestamp", "2016-02-23T12:46:24Z"],
    ["Version", "2014-05-26"],
    ["Signature", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="],
  ];

  test("verifyRpc1() accepts the published example", () => {
    expect(verifyRpc1("GET", params, "testsecret").ok).toBe(true);
  });

  test("verifyRpc1() rejects a repeated parameter that was signed once", () => {
    expect(verifyRpc1("GET", [["Action", "CancelTask"], ...params], "testsecret").ok).toBe(false);
  });

  test("verifyRpc1() rejects a request with another method", () => {
    expect(verifyRpc1("POST", params, "testsecret").ok).toBe(false);
  });
});

describe("verifyXCa()", () => {
  // Generated with the npm package aliyun-api-gateway 1.1.6.
  const exchange: Exchange = {
    method: "POST",
    path: "/apsara/route/Ecs/DescribeTasks",
    search: "",
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-ca-key": "testkey",
      "x-ca-nonce": "af937af9-b692-4b63-9831-7a3afb038ab8",
      "x-ca-stage": "RELEASE",
      "x-ca-timestamp": "1671538946068",
      "x-ca-signature-headers": "x-ca-key,x-ca-nonce,x-ca-stage,x-ca-timestamp",
      "x-ca-signature": "OJvuMizBJvJvLHNiTHak4W0znECad8S9PZAZgmbqUlE=",
      useremail: "ops@example.com",
    },
    body: Buffer.from(
      "regionId=cn-qingdao-env17-d01&RegionId=cn-qingdao-env17-d01&PageSize=100&PageNumber=1&TaskIds=t-1%2Ct-2",
    ),
  };

  test("verifyXCa() accepts the vendor package's own digest", () => {
    expect(verifyXCa(exchange, "testsecret").ok).toBe(true);
  });

  test("verifyXCa() rejects a changed form parameter", () => {
    const body = Buffer.from(exchange.body.toString().replace("PageSize=100", "PageSize=10"));
    expect(verifyXCa({ ...exchange, body }, "testsecret").ok).toBe(false);
  });

  test("verifyXCa() shows the string to sign when the digest does not match", () => {
    const { ok, stringToSign } = verifyXCa({ ...exchange, headers: {} }, "testsecret");
    expect(ok).toBe(false);
    expect(stringToSign).toBe("POST\n\n\n\n\n/apsara/route/Ecs/DescribeTasks");
  });
});

describe("verifyTc3()", () => {
  // The standard example on the vendor's signature v3 page; its body contains literal escapes.
  const exchange: Exchange = {
    method: "POST",
    path: "/",
    search: "",
    headers: {
      host: "cvm.tencentcloudapi.com",
      "content-type": "application/json; charset=utf-8",
      "x-tc-action": "DescribeInstances",
      "x-tc-timestamp": "1551113065",
      authorization:
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
    },
    body: Buffer.from(
      String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`,
    ),
  };
  const key = { secretKey: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", host: "cvm.tencentcloudapi.com" };

  function claimOf({ headers }: Exchange) {
    const claim = readTc3Authorization(headers["authorization"] ?? "");
    if (claim === undefined) throw new Error("The example must be readable.");
    return claim;
  }

  test("verifyTc3() accepts the published example", () => {
    expect(claimOf(exchange)).toMatchObject({ service: "cvm", date: "2019-02-25" });
    expect(verifyTc3(exchange, claimOf(exchange), key)).toBe(true);
  });

  test("verifyTc3() accepts the published example that also signs the action", () => {
    const stars = "*".repeat(32);
    const authorization = `TC3-HMAC-SHA256 Credential=AKID${stars}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f`;
    const current = { ...exchange, headers: { ...exchange.headers, authorization } };
    expect(verifyTc3(current, claimOf(current), { ...key, secretKey: stars })).toBe(true);
  });

  test.each([
    ["the key is another", exchange, { ...key, secretKey: "another" }],
    ["the host is another", exchange, { ...key, host: "ecm.tencentcloudapi.com" }],
    ["the body was changed", { ...exchange, body: Buffer.from("{}") }, key],
    ["the time was changed", { ...exchange, headers: { ...exchange.headers, "x-tc-timestamp": "1551113066" } }, key],
  ])("verifyTc3() rejects the request when %s", (_case, changed, changedKey) => {
    expect(verifyTc3(changed, claimOf(changed), changedKey)).toBe(false);
  });

  test("verifyTc3() accepts any body that is declared unsigned, and only with that literal as its hash", () => {
    const headers = { ...exchange.headers, "x-tc-content-sha256": "UNSIGNED-PAYLOAD" };
    expect(verifyTc3({ ...exchange, headers }, claimOf(exchange), key)).toBe(false);
    const url = `https://${key.host}/`;
    const authorization = tencentSign.sign3({
      method: "POST",
      url,
      payload: Buffer.from("UNSIGNED-PAYLOAD"),
      timestamp: 1_551_113_065,
      service: "cvm",
      secretId: "AKIDtest",
      secretKey: key.secretKey,
      headers: { "Content-Type": "application/json; charset=utf-8" },
    });
    const unsigned = { ...exchange, headers: { ...headers, authorization } };
    expect(verifyTc3(unsigned, claimOf(unsigned), key)).toBe(true);
    expect(verifyTc3({ ...unsigned, body: Buffer.from("{}") }, claimOf(unsigned), key)).toBe(true);
    const { "x-tc-content-sha256": _left, ...undeclared } = unsigned.headers;
    expect(verifyTc3({ ...unsigned, headers: undeclared }, claimOf(unsigned), key)).toBe(false);
  });
});

describe("verifyTencentV1()", () => {
  // The example on the vendor's page about the older signature.
  const secretKey = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
  const exchange: Exchange = {
    method: "GET",
    path: "/",
    search: "",
    headers: { host: "cvm.tencentcloudapi.com" },
    body: Buffer.alloc(0),
  };
  const params: [string, string][] = [
    ["Timestamp", "1465185768"],
    ["Action", "DescribeInstances"],
    ["InstanceIds.0", "ins-09dx96dg"],
    ["Limit", "20"],
    ["Nonce", "11886"],
    ["Offset", "0"],
    ["Region", "ap-guangzhou"],
    ["SecretId", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"],
    ["Version", "2017-03-12"],
    ["Signature", "EliP9YW3pW28FpsEdkXt/+WcGeI="],
  ];

  test("verifyTencentV1() accepts the published example", () => {
    expect(verifyTencentV1(exchange, params, secretKey)).toBe(true);
  });

  test.each([
    ["the key is another", exchange, params, "another"],
    ["the method is another", { ...exchange, method: "POST" }, params, secretKey],
    ["the host is another", { ...exchange, headers: { host: "ecm.tencentcloudapi.com" } }, params, secretKey],
    ["a parameter was added", exchange, [...params, ["Limit", "1"]] as [string, string][], secretKey],
    ["the algorithm is unknown", exchange, [...params, ["SignatureMethod", "None"]] as [string, string][], secretKey],
  ])("verifyTencentV1() rejects the request when %s", (_case, changed, changedParams, key) => {
    expect(verifyTencentV1(changed, changedParams, key)).toBe(false);
  });
});
