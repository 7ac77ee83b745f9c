import { createHash, timingSafeEqual } from "node:crypto";

/** Compares two texts in constant time. */
export function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** Percent-encoding for both Alibaba signatures: only A-Z a-z 0-9 - _ . ~ stay unchanged (RFC 3986, 2.3). */
export function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Sorts by UTF-16 code unit, as the signatures require. */
export function byName(left: readonly [string, string], right: readonly [string, string]): number {
  if (left[0] === right[0]) return 0;
  return left[0] < right[0] ? -1 : 1;
}
