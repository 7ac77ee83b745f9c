import { sameText } from "./compare.ts";
import { ecsProblem, type EcsProblem } from "./ecs-errors.ts";
import type { Exchange } from "./exchange.ts";
import type { KeyRing } from "./key-ring.ts";
import type { NonceMemory } from "./limits.ts";
import { acs3Omission, readAcs3Authorization, verifyAcs3 } from "./verify-acs3.ts";
import { verifyRpc1 } from "./verify-rpc1.ts";

export interface AlibabaCredential {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

export interface AlibabaGate {
  readonly now: () => number;
  readonly keys: KeyRing<AlibabaCredential>;
  readonly nonces: NonceMemory;
}

export const maxAgeMs = 15 * 60_000;

/** The common claims of every signature format. */
interface Claim {
  readonly accessKeyId: string;
  readonly token: string | undefined;
  readonly timestamp: string | undefined;
  readonly nonce: string | undefined;
  readonly verify: (secret: string) => { ok: boolean; stringToSign: string };
}

/** `undefined` if the caller is authenticated. The order of the checks gives the most useful error. */
export function refuseEcsCaller(exchange: Exchange, gate: AlibabaGate): EcsProblem | undefined {
  const claim = readClaim(exchange);
  if ("code" in claim) return claim;
  const key = gate.keys.find((credential) => sameText(credential.accessKeyId, claim.accessKeyId));
  if (key === undefined) return ecsProblem("InvalidAccessKeyId.NotFound");
  const checked = claim.verify(key.credential.accessKeySecret);
  return (
    timestampProblem(claim.timestamp, gate.now()) ??
    (checked.ok ? undefined : signatureMismatch(checked.stringToSign)) ??
    tokenProblem(claim.token, key) ??
    (gate.nonces.claim(claim.nonce ?? "") ? undefined : ecsProblem("SignatureNonceUsed"))
  );
}

function readClaim(exchange: Exchange): Claim | EcsProblem {
  const authorization = exchange.headers["authorization"];
  return authorization === undefined ? readRpc1Claim(exchange) : readAcs3Claim(exchange, authorization);
}

function readAcs3Claim(exchange: Exchange, authorization: string): Claim | EcsProblem {
  const claim = readAcs3Authorization(authorization);
  if (claim === undefined) return ecsProblem("IncompleteSignature");
  const omission = acs3Omission(exchange, claim);
  if (omission !== undefined) return ecsProblem("IncompleteSignature", `The signature is incomplete: ${omission}.`);
  return {
    accessKeyId: claim.accessKeyId,
    token: exchange.headers["x-acs-security-token"],
    timestamp: exchange.headers["x-acs-date"],
    nonce: exchange.headers["x-acs-signature-nonce"],
    verify: (secret) => verifyAcs3(exchange, claim, secret),
  };
}

function readRpc1Claim(exchange: Exchange): Claim | EcsProblem {
  const params = rpcParams(exchange);
  const accessKeyId = params.get("AccessKeyId");
  const method = params.get("SignatureMethod") === "HMAC-SHA1" && params.get("SignatureVersion") === "1.0";
  const named = params.has("Signature") && params.has("SignatureNonce") && params.has("Timestamp");
  if (!accessKeyId || !method || !named) return ecsProblem("IncompleteSignature");
  return {
    accessKeyId,
    token: params.get("SecurityToken"),
    timestamp: params.get("Timestamp"),
    nonce: params.get("SignatureNonce"),
    verify: (secret) => verifyRpc1(exchange.method, rpcPairs(exchange), secret),
  };
}

/** The older format signs and reads parameters of both the query and a form body. */
export function rpcParams(exchange: Exchange): ReadonlyMap<string, string> {
  return new Map(rpcPairs(exchange));
}

/** Repeated names included, so that no parameter escapes the signature. */
function rpcPairs(exchange: Exchange): readonly [string, string][] {
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(exchange.headers["content-type"] ?? "");
  const form = isForm ? new URLSearchParams(exchange.body.toString("utf8")) : [];
  return [...new URLSearchParams(exchange.search), ...form];
}

/** The action or version, where the signature covers it: a header in the current format, a parameter in the older. */
export function signedName(exchange: Exchange, name: "Action" | "Version"): string | undefined {
  if (exchange.headers["authorization"] === undefined) return rpcParams(exchange).get(name);
  return exchange.headers[`x-acs-${name.toLowerCase()}`];
}

function timestampProblem(timestamp: string | undefined, nowMs: number): EcsProblem | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(timestamp ?? "")) return ecsProblem("InvalidTimeStamp.Format");
  const age = Math.abs(nowMs - Date.parse(timestamp ?? ""));
  return age <= maxAgeMs ? undefined : ecsProblem("InvalidTimeStamp.Expired");
}

function signatureMismatch(stringToSign: string): EcsProblem {
  const message = `Specified signature is not matched with our calculation. server string to sign is:${stringToSign}`;
  return ecsProblem("SignatureDoesNotMatch", message);
}

function tokenProblem(
  token: string | undefined,
  key: { credential: AlibabaCredential; retired: boolean },
): EcsProblem | undefined {
  const { securityToken } = key.credential;
  if (securityToken === undefined) {
    if (key.retired) return ecsProblem("InvalidAccessKeyId.NotFound");
    return token === undefined ? undefined : ecsProblem("InvalidSecurityToken.MismatchWithAccessKey");
  }
  if (token === undefined) return ecsProblem("MissingSecurityToken");
  if (!sameText(token, securityToken)) return ecsProblem("InvalidSecurityToken.MismatchWithAccessKey");
  return key.retired ? ecsProblem("InvalidSecurityToken.Expired") : undefined;
}
