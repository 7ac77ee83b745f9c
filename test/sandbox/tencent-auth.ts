import { sameText } from "./compare.ts";
import type { Exchange } from "./exchange.ts";
import type { KeyRing } from "./key-ring.ts";
import type { TencentProblem } from "./tencent-answer.ts";
import { readTc3Authorization, type Tc3Claim, verifyTc3 } from "./verify-tc3.ts";

export interface TencentCredential {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

export interface TencentGate {
  readonly now: () => number;
  readonly keys: KeyRing<TencentCredential>;
}

const maxSkewMs = 5 * 60_000;

/** What a valid signature covers, or why the caller is rejected. */
export function checkTencentCaller(
  exchange: Exchange,
  gate: TencentGate,
): { readonly signedAs: "exact" | "sdk-loopback" } | TencentProblem {
  const claim = readTc3Authorization(exchange.headers["authorization"] ?? "");
  if (claim === undefined || !signsEnough(claim)) {
    return problem("AuthFailure.InvalidAuthorization", "The `Authorization` header is not well formed.");
  }
  const key = gate.keys.find((credential) => sameText(credential.secretId, claim.secretId));
  const unknown = key === undefined || (key.retired && key.credential.token === undefined);
  if (unknown) return problem("AuthFailure.SecretIdNotFound", "The SecretId is not found.");
  const skewed = skewProblem(exchange, claim, gate.now());
  if (skewed !== undefined) return skewed;
  const signedAs = signatureForm(exchange, claim, key.credential.secretKey);
  if (signedAs === undefined) {
    return problem("AuthFailure.SignatureFailure", "The provided credentials could not be validated.");
  }
  return tokenProblem(exchange, key) ?? { signedAs };
}

function signsEnough(claim: Tc3Claim): boolean {
  return claim.signedHeaders.includes("content-type") && claim.signedHeaders.includes("host");
}

function skewProblem(exchange: Exchange, claim: Tc3Claim, nowMs: number): TencentProblem | undefined {
  const timestamp = exchange.headers["x-tc-timestamp"] ?? "";
  if (!/^\d{10}$/.test(timestamp)) return problem("MissingParameter", "`X-TC-Timestamp` is missing or not in seconds.");
  const signedMs = Number(timestamp) * 1000;
  if (Math.abs(nowMs - signedMs) > maxSkewMs) {
    return problem("AuthFailure.SignatureExpire", "The provided credentials have expired: check your clock.");
  }
  const utcDate = new Date(signedMs).toISOString().slice(0, 10);
  if (claim.date === utcDate) return undefined;
  return problem("AuthFailure.SignatureFailure", "The date of the credential scope is not the timestamp's UTC date.");
}

/**
 * The official Node SDK derives the service from the endpoint's first label and signs the host without its port. On
 * loopback this gives a service such as `127`. The sandbox accepts that but records what was signed, so that tests can
 * require the exact form from our own client.
 */
function signatureForm(exchange: Exchange, claim: Tc3Claim, secretKey: string): "exact" | "sdk-loopback" | undefined {
  const host = exchange.headers["host"] ?? "";
  const withoutPort = host.replace(/:\d+$/, "");
  const services = new Set(["ecm", host.split(".")[0], withoutPort.split(".")[0]]);
  if (!services.has(claim.service)) return undefined;
  if (claim.service === "ecm" && verifyTc3(exchange, claim, { secretKey, host })) return "exact";
  const hosts = [host, withoutPort];
  return hosts.some((each) => verifyTc3(exchange, claim, { secretKey, host: each })) ? "sdk-loopback" : undefined;
}

function tokenProblem(
  exchange: Exchange,
  key: { credential: TencentCredential; retired: boolean },
): TencentProblem | undefined {
  const token = exchange.headers["x-tc-token"] ?? "";
  const good = sameText(token, key.credential.token ?? "") && !key.retired;
  return good ? undefined : problem("AuthFailure.TokenFailure", "The token is not valid or has expired.");
}

function problem(code: string, message: string): TencentProblem {
  return { code, message };
}
