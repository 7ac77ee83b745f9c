/** Makes a provider's words fit to be shown: bounded, on one line, and without what a signed URL gives away. */

const longest = 300;
/** What comes after is neither shown nor looked at: patterns take their time on texts without end. */
const longestRead = 2_000;
// The characters a URL may hold, but for the quote that often closes one.
const url = /https?:\/\/[!#-&(-;=?-_a-z~]+/gi;
const secretParameter =
  /\b(q-[a-z-]+|x-cos-[a-z-]+|sign|signature|token|secret-?id|secret-?key|authorization)(=|%3D)[^\s&"'<>,;]+/gi;
const secretId = /\bAKID[A-Za-z0-9]{8,}/g;

/** Keeps where a URL points, not what it is signed with: COS URLs carry their signature in the query. */
export function taskMessage(text: string): string {
  return bounded(
    text.slice(0, longestRead).replace(url, (found) => found.replace(/[?#].*/, "").replace(/\/\/[^/]*@/, "//")),
  );
}

/** For error messages, which hold no URL at all. */
export function errorMessage(text: string): string {
  return bounded(text.slice(0, longestRead).replace(url, "[url]"));
}

function bounded(text: string): string {
  const bare = text
    .replace(secretParameter, "$1$2[redacted]")
    .replace(secretId, "[secret id]")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  // By code point, so that no character is cut in two.
  return Array.from(bare).slice(0, longest).join("");
}
