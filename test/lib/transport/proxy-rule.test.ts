import { describe, expect, test } from "vitest";
import { createProxyRule } from "../../../lib/transport/proxy-rule.ts";

const proxy = new URL("http://proxy.example:3128");

describe("createProxyRule()", () => {
  test.each([
    ["example.com", "example.com:443", "direct"],
    ["example.com", "ecs.example.com:443", "direct"],
    ["example.com", "notexample.com:443", "proxied"],
    [".example.com", "ecs.example.com:443", "direct"],
    ["*.example.com", "ecs.example.com:443", "direct"],
    ["*.example.com", "example.com.evil.org:443", "proxied"],
    ["Example.COM", "ecs.EXAMPLE.com.:443", "direct"],
    ["example.com:8443", "example.com:8443", "direct"],
    ["example.com:8443", "example.com:443", "proxied"],
    ["10.0.0.7", "10.0.0.7:443", "direct"],
    ["10.0.0.7", "10.0.0.70:443", "proxied"],
    ["0.0.7", "10.0.0.7:443", "proxied"],
    ["10.0.0.0/8", "10.200.3.4:443", "direct"],
    ["10.0.0.0/8", "11.0.0.1:443", "proxied"],
    ["10.0.0.0/8", "ten.example.com:443", "proxied"],
    ["10.0.0.0/33", "10.0.0.1:443", "proxied"],
    ["fd00::/8", "[fd12::1]:443", "direct"],
    ["2001:db8::1", "[2001:db8:0::1]:443", "direct"],
    ["[2001:db8::1]:8443", "[2001:db8::1]:443", "proxied"],
    ["[2001:db8::1]:8443", "[2001:db8::1]:8443", "direct"],
    ["*", "example.com:443", "direct"],
    ["http://not-an-entry", "example.com:443", "proxied"],
    ["", "example.com:443", "proxied"],
    ["other.org", "localhost:443", "direct"],
    ["other.org", "127.8.9.1:443", "direct"],
    ["other.org", "[::1]:443", "direct"],
  ])("with the exception %s makes %s %s", (exception, authority, how) => {
    const [, host = "", port] = /^(.*):(\d+)$/.exec(authority) ?? [];
    const rule = createProxyRule(proxy, ["first.example.net", exception]);
    expect(rule(host, Number(port))).toBe(how === "direct" ? undefined : proxy);
  });
});
