import { describe, expect, test } from "vitest";
import { endpointProblem } from "../../../lib/config/endpoint-rule.ts";

const deployed = { allowedHosts: ["gateway.example.com", "*.Stack.example.org"], allowLoopback: false };
const local = { ...deployed, allowLoopback: true };
const outside =
  "names a host outside the allow-list (ecs.aliyuncs.com, ecs-cn-hangzhou.aliyuncs.com, ecs.*.aliyuncs.com, " +
  "ecs-vpc.*.aliyuncs.com, *.apigateway.res.openbill.com, ecm.tencentcloudapi.com, ecm.*.tencentcloudapi.com, " +
  "gateway.example.com, *.Stack.example.org); add it to ALLOWED_ENDPOINT_HOSTS";
const more = "must be a scheme, a host and a port, with nothing else";
const noPath =
  "must have no path: this cloud is signed for a host and the path /, so a proxy to it needs a host of its own";
const plain = "must begin with https://";

describe("endpointProblem()", () => {
  test.each([
    "https://ecs.cn-hangzhou.aliyuncs.com",
    "https://ecs-vpc.cn-hangzhou.aliyuncs.com",
    "https://ecs.aliyuncs.com",
    "https://ecm.tencentcloudapi.com/",
    "https://ecm.ap-guangzhou.tencentcloudapi.com",
    "https://server.asapi.cn-qd.apigateway.res.openbill.com:8443",
    "https://gateway.example.com",
    "https://GATEWAY.example.com",
    "https://a.b.stack.example.org",
  ])("allows credentials for %s", (endpoint) => {
    expect(endpointProblem(endpoint, deployed)).toBeUndefined();
  });

  test.each([
    ["not a url", "is no URL"],
    ["", "is no URL"],
    ["http://ecs.aliyuncs.com", plain],
    ["ftp://ecs.aliyuncs.com", plain],
    ["file:///etc/passwd", noPath],
    ["https://ecs.aliyuncs.com/path", noPath],
    ["https://ecs.aliyuncs.com?x=1", more],
    ["https://ecs.aliyuncs.com#x", more],
    ["https://user:pass@ecs.aliyuncs.com", more],
    ["https://ecs.aliyuncs.com@evil.example", more],
    ["https://aliyuncs.com", outside],
    ["https://123456.cn-hangzhou.fc.aliyuncs.com", outside],
    ["https://bucket.oss-cn-hangzhou.aliyuncs.com", outside],
    ["https://ecs.oss-cn-hangzhou.evil.aliyuncs.com", outside],
    ["https://ecs..aliyuncs.com", outside],
    ["https://cos.tencentcloudapi.com", outside],
    ["https://.stack.example.org", outside],
    ["https://evilaliyuncs.com", outside],
    ["https://ecs.aliyuncs.com.evil.example", outside],
    ["https://stack.example.org", outside],
    ["https://sub.gateway.example.com", outside],
    ["https://169.254.169.254", outside],
    ["https://127.0.0.1", outside],
    ["https://localhost:8080", outside],
    ["http://127.0.0.1:4021", plain],
  ])("rejects %s", (endpoint, problem) => {
    expect(endpointProblem(endpoint, deployed)).toBe(problem);
  });

  test.each([
    ["https://gateway.example.com/ecs", undefined],
    ["https://gateway.example.com/a/b/", undefined],
    ["https://evil.example/gateway.example.com", outside],
    ["https://gateway.example.com/ecs?x=1", "must be a scheme, a host, a port and a path, with nothing else"],
    ["https://gateway.example.com/ecs#x", "must be a scheme, a host, a port and a path, with nothing else"],
    ["http://gateway.example.com/ecs", plain],
    ["file:///etc/passwd", plain],
  ])("judges %s for a cloud that signs the path: %s", (endpoint, problem) => {
    expect(endpointProblem(endpoint, { ...deployed, allowPath: true })).toBe(problem);
  });

  test.each(["http://127.0.0.1:4021", "http://localhost:4021", "http://[::1]:4021", "https://127.0.0.1"])(
    "allows %s in local mode",
    (endpoint) => {
      expect(endpointProblem(endpoint, local)).toBeUndefined();
    },
  );

  test.each(["http://ecs.aliyuncs.com", "http://10.0.0.1", "ftp://127.0.0.1", "http://127.0.0.1.nip.example"])(
    "rejects %s even in local mode",
    (endpoint) => {
      expect(endpointProblem(endpoint, local)).toBe(plain);
    },
  );
});
