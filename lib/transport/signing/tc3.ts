import { createHmac, createSecretKey, hash } from "node:crypto";

/**
 * Tencent Cloud API signature v3 (TC3-HMAC-SHA256).
 * @see https://www.tencentcloud.com/document/product/267/37447
 */

const algorithm = "TC3-HMAC-SHA256";

export interface Tc3Request {
  readonly method: "GET" | "POST";
  /** `url.host` is signed, with the port unless it is the scheme's default. The signed path is always `/`. */
  readonly url: URL;
  /** The product in the credential scope, for example `ecm`. Not derived from the host, which may be a proxy. */
  readonly service: string;
  /** The headers signed besides `host`, sent exactly as given. The algorithm requires `content-type`. */
  readonly signedHeaders: Readonly<Record<string, string>>;
  /** The exact text sent. Empty for GET. */
  readonly body: string;
}

export interface Tc3Credential {
  readonly secretId: string;
  readonly secretKey: string;
  /** Only for temporary credentials. Sent as `X-TC-Token` and not signed. */
  readonly token?: string | undefined;
}

export interface Tc3Signature {
  /** The value of the `Authorization` header. */
  readonly authorization: string;
  /** The value of the `X-TC-Timestamp` header: Unix seconds. */
  readonly timestamp: string;
}

/** Signs a request for the second that contains `nowMs` (epoch milliseconds). */
export function signTc3(request: Tc3Request, credential: Tc3Credential, nowMs: number): Tc3Signature {
  const timestampSeconds = Math.floor(nowMs / 1000);
  // The scope's date must be the UTC date of the timestamp that is sent.
  const date = new Date(timestampSeconds * 1000).toISOString().slice(0, 10);
  const scope = `${date}/${request.service}/tc3_request`;
  const stringToSign = [algorithm, timestampSeconds, scope, sha256Hex(tc3CanonicalRequest(request))].join("\n");
  const { signing } = tc3Keys(credential.secretKey, date, request.service);
  const signature = hmac(signing, stringToSign).toString("hex");
  const signedNames = canonicalHeaders(request).names;
  return {
    authorization: `${algorithm} Credential=${credential.secretId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`,
    timestamp: String(timestampSeconds),
  };
}

/** The text whose SHA-256 hash is signed. */
export function tc3CanonicalRequest(request: Tc3Request): string {
  const { lines, names } = canonicalHeaders(request);
  const query = request.url.search.slice(1);
  return [request.method, "/", query, lines, names, sha256Hex(request.body)].join("\n");
}

export interface Tc3Keys {
  readonly dated: Buffer;
  readonly scoped: Buffer;
  readonly signing: Buffer;
}

/** The chain of derived keys, which ends with `signing`. `date` is `YYYY-MM-DD`. */
export function tc3Keys(secretKey: string, date: string, service: string): Tc3Keys {
  const dated = hmac(Buffer.from(`TC3${secretKey}`), date);
  const scoped = hmac(dated, service);
  return { dated, scoped, signing: hmac(scoped, "tc3_request") };
}

/** `lines` ends with a line break, which produces the blank line before the header names. */
function canonicalHeaders(request: Tc3Request): { lines: string; names: string } {
  const headers = new Map([["host", request.url.host]]);
  for (const [name, value] of Object.entries(request.signedHeaders)) {
    headers.set(name.toLowerCase(), value.trim().toLowerCase());
  }
  const names = [...headers.keys()].toSorted();
  const lines = names.map((name) => `${name}:${headers.get(name)}\n`).join("");
  return { lines, names: names.join(";") };
}

function sha256Hex(text: string): string {
  return hash("sha256", text);
}

/** Uses a key object, because Node takes six times as long with raw key bytes. */
function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", createSecretKey(key)).update(text).digest();
}
