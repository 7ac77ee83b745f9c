import { createHash, createHmac } from "node:crypto";
import { byName, sameText } from "./compare.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Verifies the API gateway's digest (`X-Ca-Signature`).
 * @see https://www.alibabacloud.com/help/doc-detail/29475
 */

const neverSigned = new Set([
  "x-ca-signature",
  "x-ca-signature-headers",
  "accept",
  "content-md5",
  "content-type",
  "date",
]);

export function verifyXCa(exchange: Exchange, secret: string): { ok: boolean; stringToSign: string } {
  const header = (name: string) => exchange.headers[name] ?? "";
  const stringToSign = [
    exchange.method,
    header("accept"),
    header("content-md5"),
    header("content-type"),
    header("date"),
    signedHeaderLines(exchange) + pathAndParams(exchange),
  ].join("\n");
  const expected = createHmac("sha256", secret).update(stringToSign, "utf8").digest("base64");
  return { ok: sameText(expected, header("x-ca-signature")), stringToSign };
}

/** Only its MD5 covers a body that is not a form, so that header must be present and correct. */
export function hasTrueContentMd5(exchange: Exchange): boolean {
  if (isForm(exchange)) return true;
  return exchange.headers["content-md5"] === createHash("md5").update(exchange.body).digest("base64");
}

export function isForm(exchange: Exchange): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(exchange.headers["content-type"] ?? "");
}

/** Header names as the caller listed them, since the digest covers that spelling. */
export function listedHeaders(exchange: Exchange): readonly string[] {
  const listed = (exchange.headers["x-ca-signature-headers"] ?? "").split(",").map((name) => name.trim());
  return listed.filter((name) => name !== "" && !neverSigned.has(name.toLowerCase()));
}

function signedHeaderLines(exchange: Exchange): string {
  const lines = listedHeaders(exchange).map((name): [string, string] => [
    name,
    exchange.headers[name.toLowerCase()] ?? "",
  ]);
  return lines
    .sort(byName)
    .map(([name, value]) => `${name}:${value}\n`)
    .join("");
}

function pathAndParams(exchange: Exchange): string {
  const form = isForm(exchange) ? new URLSearchParams(exchange.body.toString("utf8")) : [];
  const pairs = [...new URLSearchParams(exchange.search), ...form].sort(byName);
  if (pairs.length === 0) return exchange.path;
  const text = pairs.map(([name, value]) => (value === "" ? name : `${name}=${value}`)).join("&");
  return `${exchange.path}?${text}`;
}
