import { createHash } from "node:crypto";

/** A strong validator: equal tags mean equal bytes. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export function entityTag(body: string): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
export function matchesEntityTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((one) => one.trim().replace(/^W\//, "") === tag);
}
