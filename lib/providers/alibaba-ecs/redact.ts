/** Keeps signed URLs, tokens and key ids out of texts that a provider wrote and we pass on. */

const longestTextRead = 2_000;

const secrets = [
  // A URL with a query or with user information: object storage links are signed that way.
  /\b[a-z][a-z0-9+.-]*:\/\/\S*[?@]\S*/gi,
  // The same without its scheme, and parameters quoted one by one.
  /[^\s"']*\b(?:signature|security-?token|(?:oss)?access-?key-?(?:id|secret)|x-oss-[a-z-]+|authorization)["']?\s*[=:]\s*[^\s,]+/gi,
  /\bBearer\s+\S+/gi,
  /\b(?:LTAI|STS\.)[A-Za-z0-9]{8,}/g,
  // Tokens: no path or object name is this long without a separator and mixes upper case, lower case and digits.
  /(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{40,}={0,2}/g,
  /\b[0-9a-f]{64}\b/g,
];

/** The first 2,000 characters with everything that looks like a credential replaced by `[removed]`. */
export function withoutSecrets(text: string): string {
  let safe = text.slice(0, longestTextRead);
  for (const secret of secrets) safe = safe.replace(secret, "[removed]");
  return safe;
}

/** One line of at most `maxLength` characters that holds no secret and no URL at all. */
export function safeLine(text: string, maxLength: number): string {
  const line = withoutSecrets(text)
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, "[removed]")
    .replace(/\s+/g, " ")
    .trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}
