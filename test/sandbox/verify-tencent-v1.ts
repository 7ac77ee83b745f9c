import { createHmac } from "node:crypto";
import { byName, sameText } from "./compare.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Verifies the older signature of Tencent Cloud (HmacSHA1 or HmacSHA256), which official SDKs can still send. It covers
 * the decoded value of every parameter, in a query or a form.
 * @see https://github.com/TencentCloud/signature-process-demo
 */
export function verifyTencentV1(
  exchange: Exchange,
  params: Iterable<readonly [string, string]>,
  secretKey: string,
): boolean {
  const signed = [...params].filter(([name]) => name !== "Signature").sort(byName);
  const claimed = [...params].find(([name]) => name === "Signature")?.[1] ?? "";
  const algorithm = algorithmOf(signed.find(([name]) => name === "SignatureMethod")?.[1]);
  if (algorithm === undefined) return false;
  const text = signed.map(([name, value]) => `${name}=${value}`).join("&");
  const source = `${exchange.method}${exchange.headers["host"] ?? ""}${exchange.path}?${text}`;
  return sameText(createHmac(algorithm, secretKey).update(source, "utf8").digest("base64"), claimed);
}

/** Without a named method it is HmacSHA1, as documented. */
function algorithmOf(signatureMethod: string | undefined): "sha1" | "sha256" | undefined {
  if (signatureMethod === undefined || signatureMethod === "HmacSHA1") return "sha1";
  return signatureMethod === "HmacSHA256" ? "sha256" : undefined;
}
