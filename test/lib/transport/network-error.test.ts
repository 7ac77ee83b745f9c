import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import { networkError } from "../../../lib/transport/network-error.ts";

describe("networkError()", () => {
  test.each([
    ["ENOTFOUND", "unavailable", "backoff", "host name not found"],
    ["EAI_AGAIN", "unavailable", "backoff", "host name not found"],
    ["ECONNRESET", "unavailable", "backoff", "connection reset"],
    ["EPIPE", "unavailable", "backoff", "connection reset"],
    ["EHOSTUNREACH", "unavailable", "backoff", "no route to the host"],
    ["EMFILE", "unavailable", "backoff", "connection failed"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "unavailable", "no", "certificate not trusted (set ca or NODE_EXTRA_CA_CERTS)"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "unavailable", "no", "certificate not trusted (set ca or NODE_EXTRA_CA_CERTS)"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unavailable", "no", "certificate not trusted (set ca or NODE_EXTRA_CA_CERTS)"],
    ["CERT_NOT_YET_VALID", "unavailable", "no", "certificate is not valid yet"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "unavailable", "no", "TLS handshake failed"],
    ["EPROTO", "unavailable", "no", "TLS handshake failed"],
    ["constructor", "unavailable", "backoff", "connection failed"],
    ["HPE_INVALID_CONSTANT", "malformed", "no", "answer is not valid HTTP"],
  ])("reads %s as %s, %s: %s", (code, kind, retry, message) => {
    const error = networkError(Object.assign(new Error(`${code} 10.0.0.7:443`), { code }));
    expect(error).toMatchObject({ name: "ProviderError", kind, retry, message });
    expect(error.cause).toEqual(new Error(code));
  });

  test("returns a provider's error unchanged", () => {
    const error = new ProviderError("malformed", "answer longer than 5 bytes");
    expect(networkError(error)).toBe(error);
  });

  test("keeps the host name that was not found beside the message, which does not show it", () => {
    const code = "ENOTFOUND";
    const error = networkError(Object.assign(new Error("getaddrinfo"), { code, hostname: "ecs.invalid" }));
    expect([error.message, error.cause]).toEqual([
      "host name not found",
      expect.objectContaining({ hostname: "ecs.invalid" }),
    ]);
    expect(networkError(Object.assign(new Error("getaddrinfo"), { code, hostname: 7 })).cause).toEqual(new Error(code));
  });

  test("shows nothing of an unknown error", () => {
    expect(networkError("socket to 10.0.0.7").message).toBe("connection failed");
  });
});
