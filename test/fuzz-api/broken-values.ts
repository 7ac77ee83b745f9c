import type { JsonObject } from "../../lib/openapi/json.ts";
import type { Random } from "../fuzz/random.ts";

/** Values that often cause errors. Percent-encoded in URLs unless `raw`. */

export const brokenTexts = [
  "",
  " ",
  "0",
  "-1",
  "1.5",
  "1e2",
  "05",
  "101",
  "26",
  "99999999999999999999",
  "NaN",
  "Infinity",
  "null",
  "undefined",
  "true",
  "TRUE",
  "false",
  "[]",
  "{}",
  "[object Object]",
  "a,b",
  "aliyun,edge",
  "failed,vanished",
  "FAILED",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "../../etc/passwd",
  "..%2f..%2f",
  "' OR '1'='1",
  "<script>alert(1)</script>",
  "${jndi:ldap://x}",
  "{{7*7}}",
  "%00",
  "\u0000",
  "a\u0000b",
  "\r\nX-Injected: 1",
  "\u202e\u200b\ufeff",
  "ümläut",
  "任务",
  "👩‍👩‍👧‍👦",
  "e\u0301",
  "\ud83d",
  "a".repeat(201),
  "x".repeat(5000),
  "👾".repeat(150),
  ":",
  "::",
  "a:b",
  "aliyun:cn-hangzhou:",
  "aliyun::t-1",
  "aliyun:nowhere:t-1",
  "nobody:cn-hangzhou:t-1",
  "edge:global:not-a-number",
  "edge:global:999999999999",
  "edge:global:image-name:ünï",
  "aliyun:cn-hangzhou:t-bp1:extra",
  "2026-02-30T00:00:00Z",
  "2026-01-31",
  "2026-01-31T12:00:00",
  "2026-01-31 12:00:00Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "2026-01-31T12:00:00+99:99",
] as const;

/** Text that `encodeURIComponent` would never produce. */
export const rawQueryParts = [
  "",
  "&",
  "&&&",
  "=",
  "=x",
  "limit",
  "limit=",
  "limit=5&limit=6",
  "LIMIT=5",
  "limit[]=5",
  "limit=%zz",
  "limit=%",
  "limit=%C0%AF",
  "status=%ED%A0%80",
  "status=failed;status=vanished",
  "status=failed+vanished",
  "a%00b=1",
  "__proto__=1",
  "__proto__[x]=1",
  "constructor=1",
  "toString=1",
  "?status=failed",
  "status=failed#fragment",
  "%6cimit=5",
  "limit=5%26status%3dfailed",
] as const;

/** Values just beyond what a schema allows. */
export function beyondSchema({ type, minimum, maximum, maxLength, enum: words }: JsonObject, random: Random): string {
  if (type === "integer") return String(random.pick([Number(minimum) - 1, Number(maximum) + 1, -Number(maximum)]));
  if (Array.isArray(words)) return `${String(random.one(words))}${random.pick(["s", " ", "\u0000", ",failed"])}`;
  return typeof maxLength === "number" ? "a".repeat(maxLength + 1) : "";
}

export function oneBrokenText(random: Random): string {
  return random.one(brokenTexts) ?? "";
}

/** A text with a part removed, repeated, changed, or inserted. */
export function damaged(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const letter = random.pick(["A", "-", "_", "=", ".", "\u0000", "é", "👾"]);
  return random.pick([
    text.slice(0, at),
    text.slice(at),
    `${text}${text}`,
    `${text.slice(0, at)}${letter}${text.slice(at)}`,
    `${text.slice(0, at)}${letter}${text.slice(at + 1)}`,
    [...text].toReversed().join(""),
    text.toUpperCase(),
  ]);
}
