import { sameText } from "./compare.ts";
import type { Exchange } from "./exchange.ts";
import type { KeyRing } from "./key-ring.ts";
import type { TencentProblem } from "./tencent-answer.ts";
import { v1Params } from "./tencent-call.ts";
import { readTc3Authorization, type Tc3Claim, verifyTc3 } from "./verify-tc3.ts";
import { verifyTencentV1 } from "./verify-tencent-v1.ts";

export interface TencentCredential {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

export interface TencentGate {
  readonly now: () => number;
  readonly keys: KeyRing<TencentCredential>;
}

type SignedAs = "exact" | "sdk-loopback" | "v1";

/** The common claims of both signatures. */
interface Claim {
  readonly secretId: string;
  readonly token: string;
  /** Unix time in seconds, as sent. */
  readonly timestamp: string;
  /** The UTC date of the credential scope; V1 has none. */
  readonly scopeDate?: string;
  readonly verify: (secretKey: string) => SignedAs | undefined;
}

const maxSkewMs = 5 * 60_000;

/** What a valid signature covers, or why the caller is rejected. */
export function checkTencentCaller(
  exchange: Exchange,
  gate: TencentGate,
): { readonly signedAs: SignedAs } | TencentProblem {
  const v1 = v1Params(exchange);
  const claim = v1 === undefined ? readTc3Claim(exchange) : readV1Claim(exchange, v1);
  if ("code" in claim) return claim;
  const key = gate.keys.find((credential) => sameText(credential.secretId, claim.secretId));
  const unknown = key === undefined || (key.retired && key.credential.token === undefined);
  if (unknown) return problem("AuthFailure.SecretIdNotFound", "The SecretId is not found.");
  const skewed = skewProblem(claim, gate.now());
  if (skewed !== undefined) return skewed;
  const signedAs = claim.verify(key.credential.secretKey);
  if (signedAs === undefined) {
    return problem("AuthFailure.SignatureFailure", "The provided credentials could not be validated.");
  }
  return tokenProblem(claim.token, key) ?? { signedAs };
}

function readTc3Claim(exchange: Exchange): Claim | TencentProblem {
  const claim = readTc3Authorization(exchange.headers["authorization"] ?? "");
  if (claim === undefined || !signsEnough(claim)) {
    return problem("AuthFailure.InvalidAuthorization", "The `Authorization` header is not well formed.");
  }
  return {
    secretId: claim.secretId,
    token: exchange.headers["x-tc-token"] ?? "",
    timestamp: exchange.headers["x-tc-timestamp"] ?? "",
    scopeDate: claim.date,
    verify: (secretKey) => signatureForm(exchange, claim, secretKey),
  };
}

function readV1Claim(exchange: Exchange, params: readonly [string, string][]): Claim | TencentProblem {
  const common = new Map(params);
  const absent = ["SecretId", "Nonce", "Timestamp"].find((name) => !common.get(name));
  if (absent !== undefined) {
    return problem("MissingParameter", `The request is missing a required parameter \`${absent}\`.`);
  }
  return {
    secretId: common.get("SecretId") ?? "",
    token: common.get("Token") ?? "",
    timestamp: common.get("Timestamp") ?? "",
    verify: (secretKey) => (verifyTencentV1(exchange, params, secretKey) ? "v1" : undefined),
  };
}

function signsEnough(claim: Tc3Claim): boolean {
  return claim.signedHeaders.includes("content-type") && claim.signedHeaders.includes("host");
}

function skewProblem({ timestamp, scopeDate }: Claim, nowMs: number): TencentProblem | undefined {
  if (!/^\d{10}$/.test(timestamp)) return problem("MissingParameter", "The timestamp is missing or not in seconds.");
  const signedMs = Number(timestamp) * 1000;
  if (Math.abs(nowMs - signedMs) > maxSkewMs) {
    return problem("AuthFailure.SignatureExpire", "The provided credentials have expired: check your clock.");
  }
  const utcDate = new Date(signedMs).toISOString().slice(0, 10);
  if (scopeDate === undefined || scopeDate === utcDate) return undefined;
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
  token: string,
  key: { credential: TencentCredential; retired: boolean },
): TencentProblem | undefined {
  const good = sameText(token, key.credential.token ?? "") && !key.retired;
  return good ? undefined : problem("AuthFailure.TokenFailure", "The token is not valid or has expired.");
}

function problem(code: string, message: string): TencentProblem {
  return { code, message };
}
