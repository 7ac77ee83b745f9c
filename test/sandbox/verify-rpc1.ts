import { createHmac } from "node:crypto";
import { byName, percentEncode, sameText } from "./compare.ts";

/**
 * Verifies the older RPC signature (version 1.0, HMAC-SHA1), which official SDKs can still send.
 * @see https://www.alibabacloud.com/help/doc-detail/28139
 */
export function verifyRpc1(
  method: string,
  params: Iterable<readonly [string, string]>,
  secret: string,
): { ok: boolean; stringToSign: string } {
  let claimed = "";
  const signed: [string, string][] = [];
  for (const [name, value] of params) {
    if (name === "Signature") claimed = value;
    else signed.push([name, value]);
  }
  const query = signed
    .sort(byName)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join("&");
  const stringToSign = `${method}&${percentEncode("/")}&${percentEncode(query)}`;
  const expected = createHmac("sha1", `${secret}&`).update(stringToSign).digest("base64");
  return { ok: sameText(expected, claimed), stringToSign };
}
