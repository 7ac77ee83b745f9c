import { sameText } from "./compare.ts";
import type { Exchange } from "./exchange.ts";
import type { KeyRing } from "./key-ring.ts";
import type { NonceMemory } from "./limits.ts";
import { hasTrueContentMd5, listedHeaders, verifyXCa } from "./verify-x-ca.ts";

export interface ApsaraCredential {
  readonly appKey: string;
  readonly appSecret: string;
}

export interface ApsaraGate {
  readonly now: () => number;
  readonly keys: KeyRing<ApsaraCredential>;
  readonly nonces: NonceMemory;
}

/** An error of the gateway itself: in headers, with an empty body. */
export interface GatewayProblem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const maxAgeMs = 15 * 60_000;
const requiredHeaders = ["X-Ca-Key", "X-Ca-Signature", "X-Ca-Signature-Headers", "X-Ca-Timestamp", "X-Ca-Nonce"];

/**
 * `undefined` if the application is authenticated. The messages are the gateway's. The codes of the three security
 * errors (signature, age, nonce) are not on its public list, so clients should not depend on them.
 * @see https://www.alibabacloud.com/help/en/api-gateway/latest/error-codes
 */
export function refuseApplication(exchange: Exchange, gate: ApsaraGate): GatewayProblem | undefined {
  const absent = requiredHeaders.find((name) => !exchange.headers[name.toLowerCase()]);
  if (absent !== undefined) return { status: 400, code: "I400MH", message: `Header \`${absent}\` is Required` };
  const appKey = exchange.headers["x-ca-key"] ?? "";
  const key = gate.keys.find((credential) => sameText(credential.appKey, appKey));
  if (key === undefined || key.retired) return { status: 400, code: "A400IK", message: "Invalid AppKey" };
  return (
    timestampProblem(exchange.headers["x-ca-timestamp"] ?? "", gate.now()) ??
    signatureProblem(exchange, key.credential.appSecret) ??
    nonceProblem(exchange, gate)
  );
}

function timestampProblem(timestamp: string, nowMs: number): GatewayProblem | undefined {
  if (!/^\d{13}$/.test(timestamp)) {
    return { status: 400, code: "I400HD", message: "Invalid Header `X-Ca-Timestamp` not epoch milliseconds" };
  }
  if (Math.abs(nowMs - Number(timestamp)) <= maxAgeMs) return undefined;
  return { status: 403, code: "S403TE", message: "X-Ca-Timestamp is expired" };
}

function signatureProblem(exchange: Exchange, secret: string): GatewayProblem | undefined {
  const listed = new Set(listedHeaders(exchange).map((name) => name.toLowerCase()));
  if (!listed.has("x-ca-key") || !listed.has("x-ca-timestamp")) {
    return {
      status: 400,
      code: "I400HD",
      message: "Invalid Header `X-Ca-Signature-Headers` too few headers are signed",
    };
  }
  if (!hasTrueContentMd5(exchange)) return { status: 400, code: "I400I5", message: "Invalid Content-MD5" };
  const { ok, stringToSign } = verifyXCa(exchange, secret);
  if (ok) return undefined;
  const shown = stringToSign.replaceAll("\n", "#");
  return { status: 400, code: "A400IS", message: `Invalid Signature, Server StringToSign:\`${shown}\`` };
}

function nonceProblem(exchange: Exchange, gate: ApsaraGate): GatewayProblem | undefined {
  if (gate.nonces.claim(exchange.headers["x-ca-nonce"] ?? "")) return undefined;
  return { status: 403, code: "S403NU", message: "Nonce Used" };
}
