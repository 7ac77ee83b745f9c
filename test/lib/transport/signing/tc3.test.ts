import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signTc3, tc3CanonicalRequest, tc3Keys } from "../../../../lib/transport/signing/tc3.ts";
import type { Tc3Request } from "../../../../lib/transport/signing/tc3.ts";

const exampleCredential = {
  secretId: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
  secretKey: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
};
// The vendor's current page prints this mask as the key, and its printed signature was made with it.
const maskedCredential = { secretId: `AKID${"*".repeat(32)}`, secretKey: "*".repeat(32) };

const describeInstances: Tc3Request = {
  method: "POST",
  url: new URL("https://cvm.tencentcloudapi.com/"),
  service: "cvm",
  signedHeaders: { "Content-Type": "application/json; charset=utf-8" },
  body: String.raw`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`,
};
const describeInstancesMs = 1_551_113_065_000;

const describeTask: Tc3Request = {
  method: "POST",
  url: new URL("https://ecm.tencentcloudapi.com/"),
  service: "ecm",
  signedHeaders: { "Content-Type": "application/json" },
  body: '{"Filters":[{"Name":"task-id","Values":["21"]}]}',
};
const describeTaskMs = 1_592_293_410_000;

function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe("the vector published with signed content-type and host", () => {
  test("tc3CanonicalRequest() has the published hash", () => {
    expect(sha256Hex(describeInstances.body)).toBe("35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064");
    expect(sha256Hex(tc3CanonicalRequest(describeInstances))).toBe(
      "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031",
    );
  });

  test("tc3Keys() derives the published keys", () => {
    const keys = tc3Keys(exampleCredential.secretKey, "2019-02-25", "cvm");
    expect(keys.dated.toString("hex")).toBe("d1308c81fe71cfd4e06437bbc067b2b8a3d2d8c0e375d547f15c41d5214b395a");
    expect(keys.scoped.toString("hex")).toBe("3c7cb7c7795393edc14fd2e0e6434a518564b4504b88e94f5d11bf59ba3e7050");
    expect(keys.signing.toString("hex")).toBe("ac658d5dde49e9bfdd14e04e062f66b05d9f637d44b8a8d845327d4a77f666b1");
  });

  test("signTc3() returns the published authorization", () => {
    expect(signTc3(describeInstances, exampleCredential, describeInstancesMs)).toEqual({
      authorization:
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, " +
        "SignedHeaders=content-type;host, " +
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
      timestamp: "1551113065",
    });
  });
});

describe("the vector published with the action signed too", () => {
  const withAction: Tc3Request = {
    ...describeInstances,
    signedHeaders: { ...describeInstances.signedHeaders, "X-TC-Action": "DescribeInstances" },
  };

  test("tc3CanonicalRequest() has the published hash", () => {
    expect(sha256Hex(tc3CanonicalRequest(withAction))).toBe(
      "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84",
    );
  });

  test("tc3Keys() derives the published keys", () => {
    const keys = tc3Keys(maskedCredential.secretKey, "2019-02-25", "cvm");
    expect(keys.dated.toString("hex")).toBe("da98fb70dcf6b112dc21038d1eeeb3a95c74b4dcb12c1131f864f6066bd02be0");
    expect(keys.scoped.toString("hex")).toBe("8d70cbefb03939f929db64d32dc2ba89b1095620119fe3e050e2b18c5bd2752f");
    expect(keys.signing.toString("hex")).toBe("b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af");
  });

  test("signTc3() returns the published authorization", () => {
    expect(signTc3(withAction, maskedCredential, describeInstancesMs).authorization).toBe(
      "TC3-HMAC-SHA256 Credential=AKID********************************/2019-02-25/cvm/tc3_request, " +
        "SignedHeaders=content-type;host;x-tc-action, " +
        "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
    );
  });
});

describe("vectors derived for DescribeCustomImageTask", () => {
  const currentForm: Tc3Request = {
    ...describeTask,
    signedHeaders: { "Content-Type": "application/json; charset=utf-8", "X-TC-Action": "DescribeCustomImageTask" },
  };

  test("tc3CanonicalRequest() has the known hash for both sets of signed headers", () => {
    expect(sha256Hex(describeTask.body)).toBe("5cdc01c7b9d10f4f02f31f917e4cb736b88341e71b867d9e1104819461ef733a");
    expect(sha256Hex(tc3CanonicalRequest(describeTask))).toBe(
      "cf337c0e42200d894e0f92bc0d2f1b44e796141eed03058a7773d2f956f4596e",
    );
    expect(sha256Hex(tc3CanonicalRequest(currentForm))).toBe(
      "52261b141abe2f5769e3ccff2750c64f8071b692c0ff945b7796508939bca018",
    );
  });

  test("tc3Keys() derives the known keys", () => {
    const keys = tc3Keys(exampleCredential.secretKey, "2020-06-16", "ecm");
    expect(keys.dated.toString("hex")).toBe("49abb9657ad6071f9b9e1880e5508d6b8d4bb5c2041427e5405aa03772b7b2fa");
    expect(keys.scoped.toString("hex")).toBe("2755887aaf225ba9b57351a17b83d3752202c0edd5c6ac97d62bdf41415b8cb9");
    expect(keys.signing.toString("hex")).toBe("f06b65a0d7f02b3e611156dc40361f5d1431afc573d4bd8a262b7581fefcd603");
  });

  test("signTc3() returns the known signature with content-type and host signed", () => {
    expect(signTc3(describeTask, exampleCredential, describeTaskMs).authorization).toBe(
      "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2020-06-16/ecm/tc3_request, " +
        "SignedHeaders=content-type;host, " +
        "Signature=307b0b96b71bbd49110437f59cb838fe755843828db532b699325dd598d7b006",
    );
  });

  test("signTc3() returns the known signature with the action signed too", () => {
    expect(signTc3(currentForm, exampleCredential, describeTaskMs).authorization).toBe(
      "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2020-06-16/ecm/tc3_request, " +
        "SignedHeaders=content-type;host;x-tc-action, " +
        "Signature=8ab8061e9725a4872c74248147cfaf58311c13d23ce0ad6fd4ce3f795dab7540",
    );
  });
});

test("tc3CanonicalRequest() signs the host with its port when it is not the scheme's default", () => {
  const canonical = tc3CanonicalRequest({ ...describeTask, url: new URL("http://127.0.0.1:4023/") });
  expect(canonical).toBe(
    "POST\n/\n\ncontent-type:application/json\nhost:127.0.0.1:4023\n\ncontent-type;host\n" +
      "5cdc01c7b9d10f4f02f31f917e4cb736b88341e71b867d9e1104819461ef733a",
  );
});

test("tc3CanonicalRequest() keeps the query of a GET as sent and hashes its empty body", () => {
  const canonical = tc3CanonicalRequest({
    method: "GET",
    url: new URL("https://ecm.tencentcloudapi.com/?Filters.0.Name=image-name&Filters.0.Values.0=a%20%2F%E9%95%9C"),
    service: "ecm",
    signedHeaders: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "",
  });
  expect(canonical).toBe(
    "GET\n/\nFilters.0.Name=image-name&Filters.0.Values.0=a%20%2F%E9%95%9C\n" +
      "content-type:application/x-www-form-urlencoded\nhost:ecm.tencentcloudapi.com\n\ncontent-type;host\n" +
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("signTc3() scopes to the UTC date of its timestamp, even when it is the next day further east", () => {
  const lastSecondOfDay = Date.UTC(2020, 5, 16, 23, 59, 59, 999);
  const late = signTc3(describeTask, exampleCredential, lastSecondOfDay);
  const next = signTc3(describeTask, exampleCredential, lastSecondOfDay + 1);
  expect(late.timestamp).toBe("1592351999");
  expect(late.authorization).toContain("/2020-06-16/ecm/tc3_request");
  expect(next.timestamp).toBe("1592352000");
  expect(next.authorization).toContain("/2020-06-17/ecm/tc3_request");
});

test("tc3CanonicalRequest() trims a header's value for signing", () => {
  const padded = { ...describeTask, signedHeaders: { "Content-Type": " application/json " } };
  expect(tc3CanonicalRequest(padded)).toBe(tc3CanonicalRequest(describeTask));
});

test("tc3Keys() derives different keys for different secrets, days, or services, and equal ones otherwise", () => {
  const signingKey = (secretKey: string, date: string, service: string) =>
    tc3Keys(secretKey, date, service).signing.toString("hex");
  const known = "f06b65a0d7f02b3e611156dc40361f5d1431afc573d4bd8a262b7581fefcd603";
  const { secretKey } = exampleCredential;
  expect(signingKey(secretKey, "2020-06-16", "ecm")).toBe(known);
  expect(signingKey("other", "2020-06-16", "ecm")).not.toBe(known);
  expect(signingKey(secretKey, "2020-06-16", "ecm")).toBe(known);
  expect(signingKey(secretKey, "2020-06-17", "ecm")).not.toBe(known);
  expect(signingKey(secretKey, "2020-06-16", "ecm")).toBe(known);
  expect(signingKey(secretKey, "2020-06-16", "cvm")).not.toBe(known);
  expect(signingKey(secretKey, "2020-06-16", "ecm")).toBe(known);
});
