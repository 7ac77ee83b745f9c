import { createHmac } from "node:crypto";

/** An application registered at the gateway. */
export interface XCaCredential {
  readonly appKey: string;
  readonly appSecret: string;
}

/** The parts of a request that the digest of Alibaba Cloud's API Gateway covers. */
export interface XCaRequest {
  readonly method: string;
  /** The URL path as sent. */
  readonly path: string;
  /** The decoded parameters of the query and the form body. */
  readonly params: Readonly<Record<string, string>>;
  readonly accept: string;
  /** Base64 of the body's MD5. Only for bodies that are not forms. */
  readonly contentMd5?: string;
  readonly contentType?: string;
  /** The `Date` header, if sent. */
  readonly date?: string;
  /** The headers that the digest covers, with names in any case. */
  readonly signedHeaders: Readonly<Record<string, string>>;
}

export interface XCaSignature {
  /** The value of `X-Ca-Signature-Headers`. */
  readonly headerNames: string;
  /** The value of `X-Ca-Signature`. */
  readonly signature: string;
}

/** Headers that enter the digest elsewhere or are not covered. */
const neverSigned = new Set([
  "x-ca-signature",
  "x-ca-signature-headers",
  "accept",
  "content-md5",
  "content-type",
  "date",
]);

/** https://www.alibabacloud.com/help/en/api-gateway/traditional-api-gateway/user-guide/use-digest-authentication-to-call-an-api */
export function signXCa(request: XCaRequest, appSecret: string): XCaSignature {
  const signature = createHmac("sha256", appSecret).update(xCaStringToSign(request)).digest("base64");
  return {
    headerNames: coveredHeaders(request)
      .map(([name]) => name)
      .join(","),
    signature,
  };
}

/** Keeps empty lines, because the gateway counts them. */
export function xCaStringToSign(request: XCaRequest): string {
  const { method, accept, contentMd5 = "", contentType = "", date = "" } = request;
  const headers = coveredHeaders(request).map(([name, value]) => `${name}:${value}\n`);
  return [method, accept, contentMd5, contentType, date, headers.join("") + pathAndParams(request)].join("\n");
}

function coveredHeaders({ signedHeaders }: XCaRequest): (readonly [name: string, value: string])[] {
  return Object.entries(signedHeaders)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !neverSigned.has(name))
    .toSorted(byName);
}

/** Values are not percent-encoded. A parameter with an empty value has no equals sign. */
function pathAndParams({ path, params }: XCaRequest): string {
  const pairs = Object.entries(params).toSorted(byName);
  if (pairs.length === 0) return path;
  return `${path}?${pairs.map(([name, value]) => (value === "" ? name : `${name}=${value}`)).join("&")}`;
}

/** By UTF-16 code unit, so that `RegionId` comes before `regionId` in every locale. Names are unique. */
function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}
