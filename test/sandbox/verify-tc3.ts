import { createHash, createHmac } from "node:crypto";
import { byName, sameText } from "./compare.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Verifies TC3-HMAC-SHA256.
 * @see https://www.tencentcloud.com/document/product/267/37447
 */

export interface Tc3Claim {
  readonly secretId: string;
  readonly date: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const authorizationForm =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d{2}-\d{2})\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;

export function readTc3Authorization(authorization: string): Tc3Claim | undefined {
  const [, secretId, date, service, names, signature] = authorizationForm.exec(authorization) ?? [];
  if (secretId === undefined || date === undefined || service === undefined) return undefined;
  if (names === undefined || signature === undefined) return undefined;
  return { secretId, date, service, signedHeaders: names.split(";"), signature };
}

/**
 * True if the signature is valid for `host`, which may differ from the host as sent:
 * the official Node SDK signs a loopback host without the port.
 */
export function verifyTc3(exchange: Exchange, claim: Tc3Claim, key: { secretKey: string; host: string }): boolean {
  const canonicalRequest = [
    exchange.method,
    exchange.path,
    exchange.search,
    canonicalHeaders(exchange, claim, key.host),
    claim.signedHeaders.join(";"),
    hash(signedPayload(exchange)),
  ].join("\n");
  const scope = `${claim.date}/${claim.service}/tc3_request`;
  const stringToSign = `TC3-HMAC-SHA256\n${exchange.headers["x-tc-timestamp"]}\n${scope}\n${hash(canonicalRequest)}`;
  const dateKey = hmac(`TC3${key.secretKey}`, claim.date);
  const serviceKey = hmac(dateKey, claim.service);
  const signingKey = hmac(serviceKey, "tc3_request");
  return sameText(hmac(signingKey, stringToSign).toString("hex"), claim.signature);
}

/** A client may leave the body unsigned, and says so in a header. */
function signedPayload({ headers, body }: Exchange): string | Buffer {
  const unsigned = "UNSIGNED-PAYLOAD";
  return headers["x-tc-content-sha256"] === unsigned ? unsigned : body;
}

function canonicalHeaders(exchange: Exchange, claim: Tc3Claim, host: string): string {
  const lines = claim.signedHeaders.map((name): [string, string] => [
    name.toLowerCase(),
    (name.toLowerCase() === "host" ? host : (exchange.headers[name.toLowerCase()] ?? "")).trim().toLowerCase(),
  ]);
  return lines
    .sort(byName)
    .map(([name, value]) => `${name}:${value}\n`)
    .join("");
}

function hash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
