import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signXCa, xCaStringToSign } from "../../../../lib/transport/signing/x-ca.ts";
import type { XCaRequest } from "../../../../lib/transport/signing/x-ca.ts";

/** Derived, not official: two independent implementations agree on it. */
const describeTasks: XCaRequest = {
  method: "POST",
  path: "/apsara/route/Ecs/DescribeTasks",
  params: {
    regionId: "cn-qingdao-env17-d01",
    TaskIds: "t-1,t-2",
    PageSize: "100",
    RegionId: "cn-qingdao-env17-d01",
    PageNumber: "1",
  },
  accept: "application/json",
  contentType: "application/x-www-form-urlencoded; charset=UTF-8",
  signedHeaders: {
    "X-Ca-Timestamp": "1671538946068",
    "X-Ca-Key": "testkey",
    "X-Ca-Stage": "RELEASE",
    "X-Ca-Nonce": "af937af9-b692-4b63-9831-7a3afb038ab8",
  },
};

const minimal: XCaRequest = { method: "GET", path: "/x", params: {}, accept: "*/*", signedHeaders: {} };

describe("xCaStringToSign()", () => {
  test("appends the form parameters to the path and keeps the empty lines", () => {
    expect(xCaStringToSign(describeTasks)).toBe(
      [
        "POST",
        "application/json",
        "",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "",
        "x-ca-key:testkey",
        "x-ca-nonce:af937af9-b692-4b63-9831-7a3afb038ab8",
        "x-ca-stage:RELEASE",
        "x-ca-timestamp:1671538946068",
        "/apsara/route/Ecs/DescribeTasks?PageNumber=1&PageSize=100&RegionId=cn-qingdao-env17-d01&TaskIds=t-1,t-2&regionId=cn-qingdao-env17-d01",
      ].join("\n"),
    );
  });

  test("has no question mark and no header lines when there is nothing to add", () => {
    expect(xCaStringToSign(minimal)).toBe("GET\n*/*\n\n\n\n/x");
  });

  test("puts Content-MD5 and Date on their own lines", () => {
    const request = { ...minimal, contentMd5: "1B2M2Y8AsgTpgAmY7PhCfg==", date: "Sun, 01 Mar 2026 10:00:00 GMT" };
    expect(xCaStringToSign(request)).toBe("GET\n*/*\n1B2M2Y8AsgTpgAmY7PhCfg==\n\nSun, 01 Mar 2026 10:00:00 GMT\n/x");
  });

  test.each(["X-Ca-Signature", "X-Ca-Signature-Headers", "Accept", "Content-MD5", "Content-Type", "Date"])(
    "never includes the header %s",
    (name) => {
      const request = { ...minimal, signedHeaders: { [name]: "v", "x-ca-key": "k" } };
      expect(xCaStringToSign(request)).toBe("GET\n*/*\n\n\n\nx-ca-key:k\n/x");
      expect(signXCa(request, "s").headerNames).toBe("x-ca-key");
    },
  );

  test("writes a parameter without a value by name only and encodes nothing", () => {
    const request = { ...minimal, params: { b: "", a: "1 + 1 = 2 & ü" } };
    expect(xCaStringToSign(request)).toBe("GET\n*/*\n\n\n\n/x?a=1 + 1 = 2 & ü&b");
  });
});

describe("signXCa()", () => {
  test("returns the signature of the known request", () => {
    expect(signXCa(describeTasks, "testsecret")).toEqual({
      signature: "OJvuMizBJvJvLHNiTHak4W0znECad8S9PZAZgmbqUlE=",
      headerNames: "x-ca-key,x-ca-nonce,x-ca-stage,x-ca-timestamp",
    });
  });

  test("matches a simple second implementation on any request", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    const headers = fc.dictionary(
      fc.constantFrom("X-Ca-Key", "x-ca-nonce", "X-Ca-Stage", "Accept", "UserEmail", "date"),
      text,
    );
    const params = fc.dictionary(fc.oneof(text, fc.constantFrom("RegionId", "regionId", "TaskIds")), text);
    const request = fc.record({
      method: fc.constantFrom("GET", "POST"),
      path: fc.webPath(),
      params,
      accept: text,
      contentMd5: text,
      contentType: text,
      date: text,
      signedHeaders: headers,
    });
    fc.assert(
      fc.property(request, text, (given, secret) => {
        expect(signXCa(given, secret).signature).toBe(secondOpinion(given, secret));
      }),
      { numRuns: 2_000 },
    );
  });

  test("changes with every part of the request", () => {
    const changes: Partial<XCaRequest>[] = [
      { method: "GET" },
      { path: "/apsara/route/Ecs/DescribeTask" },
      { params: { ...describeTasks.params, PageNumber: "2" } },
      { accept: "*/*" },
      { contentType: "text/plain" },
      { contentMd5: "x" },
      { date: "x" },
      { signedHeaders: { ...describeTasks.signedHeaders, "X-Ca-Nonce": "other" } },
    ];
    const signatures = changes.map((change) => signXCa({ ...describeTasks, ...change }, "testsecret").signature);
    signatures.push(signXCa(describeTasks, "othersecret").signature, signXCa(describeTasks, "testsecret").signature);
    expect(new Set(signatures).size).toBe(10);
  });
});

/** The rule written again, line by line. */
function secondOpinion(request: Required<XCaRequest>, secret: string): string {
  const hmac = createHmac("sha256", secret);
  for (const part of ["method", "accept", "contentMd5", "contentType", "date"] as const) {
    hmac.update(request[part]);
    hmac.update("\n");
  }
  const lower = new Map(Object.entries(request.signedHeaders).map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of ["useremail", "x-ca-key", "x-ca-nonce", "x-ca-stage"]) {
    if (lower.has(name)) hmac.update(`${name}:${lower.get(name)}\n`);
  }
  hmac.update(request.path);
  let separator = "?";
  for (const name of Object.keys(request.params).sort()) {
    hmac.update(separator + name);
    if (request.params[name]) hmac.update(`=${request.params[name]}`);
    separator = "&";
  }
  return hmac.digest("base64");
}
