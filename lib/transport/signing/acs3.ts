import { createHmac, hash } from "node:crypto";
import { encodeRfc3986 } from "./rfc3986.ts";

/**
 * Alibaba Cloud's V3 request signature, ACS3-HMAC-SHA256. A pure function of request, credential, time, and nonce.
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */

const acs3Algorithm = "ACS3-HMAC-SHA256";

export interface Acs3Credential {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Only for temporary credentials. An empty string is ignored. */
  readonly securityToken?: string | undefined;
}

export interface Acs3Request {
  readonly method: "GET" | "POST";
  /** As sent, including the port unless it is the scheme's default. */
  readonly host: string;
  readonly action: string;
  readonly version: string;
  readonly query: Readonly<Record<string, string>>;
  /** Additional headers to send. Names must be unique, ignoring case. `content-type` and `x-acs-*` are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Acs3Signing {
  readonly credential: Acs3Credential;
  /** Epoch milliseconds. The provider rejects a time that differs from its own by more than 15 minutes. */
  readonly nowMs: number;
  readonly nonce: string;
}

/** The parts of the canonical request. The names in `headers` are in lower case and include `host`. */
export interface Acs3CanonicalParts {
  readonly method: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: ReadonlyMap<string, string>;
  readonly bodySha256: string;
}

/**
 * Returns the headers to send, with lower-case names, including `authorization`. `host` is signed but not returned: the
 * transport sets it.
 * @throws TypeError if two header names differ only in case, because it is unknown which one is sent last
 */
export function signAcs3(request: Acs3Request, signing: Acs3Signing): Record<string, string> {
  const bodySha256 = sha256Hex(request.body);
  const headers = headersToSend(request, signing, bodySha256);
  const signed = signedHeaders(new Map(headers).set("host", request.host));
  const canonical = canonicalText({ method: request.method, query: request.query, signed, bodySha256 });
  const signature = createHmac("sha256", signing.credential.accessKeySecret)
    .update(`${acs3Algorithm}\n${sha256Hex(canonical)}`)
    .digest("hex");
  const authorization = `${acs3Algorithm} Credential=${signing.credential.accessKeyId},SignedHeaders=${namesOf(signed)},Signature=${signature}`;
  return { ...Object.fromEntries(headers), authorization };
}

/** The text whose SHA-256 hash is signed. In an RPC-style API, the path is always `/`. */
export function canonicalAcs3(parts: Acs3CanonicalParts): string {
  return canonicalText({ ...parts, signed: signedHeaders(parts.headers) });
}

/**
 * The query as it is signed and must be sent: sorted by name in code unit order, with names and values encoded once. An
 * empty value becomes `name=`. No parameters become the empty string.
 */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .toSorted(byName)
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .join("&");
}

type SignedHeader = readonly [name: string, value: string];

interface CanonicalText extends Omit<Acs3CanonicalParts, "headers"> {
  readonly signed: readonly SignedHeader[];
}

function canonicalText({ method, query, signed, bodySha256 }: CanonicalText): string {
  const lines = signed.map(([name, value]) => `${name}:${value.trim()}\n`).join("");
  return [method, "/", canonicalQuery(query), lines, namesOf(signed), bodySha256].join("\n");
}

function namesOf(headers: readonly SignedHeader[]): string {
  return headers.map(([name]) => name).join(";");
}

function headersToSend(request: Acs3Request, signing: Acs3Signing, bodySha256: string): Map<string, string> {
  const { accessKeyId, securityToken } = signing.credential;
  const own: Record<string, string> = {
    "x-acs-action": request.action,
    "x-acs-content-sha256": bodySha256,
    "x-acs-date": `${new Date(signing.nowMs).toISOString().slice(0, 19)}Z`,
    "x-acs-signature-nonce": signing.nonce,
    "x-acs-version": request.version,
    ...(securityToken ? { "x-acs-accesskey-id": accessKeyId, "x-acs-security-token": securityToken } : {}),
  };
  const headers = new Map<string, string>();
  for (const [name, value] of [...Object.entries(request.headers ?? {}), ...Object.entries(own)]) {
    const lowerName = name.toLowerCase();
    if (headers.has(lowerName)) throw new TypeError(`header ${lowerName} is given twice`);
    headers.set(lowerName, value);
  }
  return headers;
}

function signedHeaders(headers: ReadonlyMap<string, string>): SignedHeader[] {
  return [...headers].filter(([name]) => isSigned(name)).toSorted(byName);
}

function isSigned(name: string): boolean {
  return name === "host" || name === "content-type" || name.startsWith("x-acs-");
}

// Not localeCompare: the provider sorts by code unit, so InstanceId.10 comes before InstanceId.2. Names are unique.
function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}

function sha256Hex(text: string): string {
  return hash("sha256", text);
}
