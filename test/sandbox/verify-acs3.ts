import { createHash, createHmac } from "node:crypto";
import { byName, percentEncode, sameText } from "./compare.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Verifies ACS3-HMAC-SHA256. Written from the published description only and shares no code with the client's signer.
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */

export interface Acs3Claim {
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const requiredHeaders = [
  "host",
  "x-acs-action",
  "x-acs-version",
  "x-acs-date",
  "x-acs-signature-nonce",
  "x-acs-content-sha256",
];

export function readAcs3Authorization(authorization: string): Acs3Claim | undefined {
  const match = /^ACS3-HMAC-SHA256 Credential=([^,\s]+),SignedHeaders=([^,\s]+),Signature=([0-9a-f]{64})$/.exec(
    authorization,
  );
  const [, accessKeyId, names, signature] = match ?? [];
  if (accessKeyId === undefined || names === undefined || signature === undefined) return undefined;
  return { accessKeyId, signedHeaders: names.split(";"), signature };
}

/** What is missing for checking the signature, as text, or `undefined`. */
export function acs3Omission(exchange: Exchange, claim: Acs3Claim): string | undefined {
  const signed = new Set(claim.signedHeaders);
  const absent = requiredHeaders.find((name) => !exchange.headers[name]);
  if (absent !== undefined) return `header ${absent} is absent`;
  const mustBeSigned = Object.keys(exchange.headers).filter(
    (name) => name === "host" || (name === "content-type" && typesTheBody(exchange)) || name.startsWith("x-acs-"),
  );
  const unsigned = mustBeSigned.find((name) => !signed.has(name));
  if (unsigned !== undefined) return `header ${unsigned} is not signed`;
  const unsent = claim.signedHeaders.find((name) => exchange.headers[name] === undefined);
  return unsent === undefined ? undefined : `signed header ${unsent} was not sent`;
}

/**
 * The official Python client sets no type for an empty or binary body. When called asynchronously, its HTTP library adds
 * `application/octet-stream` after signing. That type changes nothing about how the body is read.
 */
function typesTheBody({ headers, body }: Exchange): boolean {
  return body.length > 0 && headers["content-type"] !== "application/octet-stream";
}

export function verifyAcs3(
  exchange: Exchange,
  claim: Acs3Claim,
  secret: string,
): { ok: boolean; stringToSign: string } {
  const bodyHash = createHash("sha256").update(exchange.body).digest("hex");
  const canonicalRequest = [
    exchange.method,
    canonicalPath(exchange.path),
    canonicalQuery(exchange.search),
    canonicalHeaders(exchange, claim.signedHeaders),
    claim.signedHeaders.join(";"),
    bodyHash,
  ].join("\n");
  const stringToSign = `ACS3-HMAC-SHA256\n${createHash("sha256").update(canonicalRequest).digest("hex")}`;
  const expected = createHmac("sha256", secret).update(stringToSign).digest("hex");
  const bodyIsSigned = exchange.headers["x-acs-content-sha256"] === bodyHash;
  return { ok: sameText(expected, claim.signature) && bodyIsSigned, stringToSign };
}

function canonicalPath(path: string): string {
  return path
    .split("/")
    .map((part) => percentEncode(decodeLeniently(part)))
    .join("/");
}

function canonicalQuery(search: string): string {
  const pairs = [...new URLSearchParams(search)].sort(byName);
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}

function canonicalHeaders(exchange: Exchange, signedHeaders: readonly string[]): string {
  const lines = signedHeaders.map((name): [string, string] => [name, (exchange.headers[name] ?? "").trim()]);
  return lines
    .sort(byName)
    .map(([name, value]) => `${name}:${value}\n`)
    .join("");
}

function decodeLeniently(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
