/** How the clouds write their credentials. */

export const marker = "[redacted]";

/** Parameter and header names in lower case, without hyphens and underscores. A longer name may end in one of them. */
const secretName =
  /(?:signature(?:provided)?|(?:security|session|access|refresh|auth|user|api)token|accesskey(?:id|secret)?|secret(?:id|key|accesskey)|app(?:key|secret|code)|client(?:secret|key)|(?:api|private)key|xcakey|credentials?|authorization|password|passwd|passphrase|cookie)$/;
/** Words that also occur inside others, such as `design`, so they must stand alone. */
const secretWord = /(?:^|[-_])(?:sig|sign|token|secret|pwd|ak|sk)$/;
/** Object storage signs with many parameters of its own. These are the prefixes of OSS and both kinds of COS. */
const storageParameter = /(?:^|[-_])(?:x-oss|x-cos|q)-[a-z0-9_-]/;
const longestName = 64;

/** True if a run of `A-Za-z0-9+/_.-` ends in the name of a credential parameter. */
export function endsInSecretName(run: string): boolean {
  const start = Math.max(run.lastIndexOf("/"), run.lastIndexOf("."), run.lastIndexOf("+")) + 1;
  const name = run.slice(start).toLowerCase();
  const end = name.slice(-longestName);
  return storageParameter.test(name) || secretWord.test(end) || secretName.test(end.replace(/[-_]/g, ""));
}

/**
 * True for a header whose value begins with a scheme, such as `Proxy-Authorization`. A colon must follow its name.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2
 */
export function namesScheme(run: string, after: string): boolean {
  return /authorization$/i.test(run) && /^[\s"'\\]*(?:[:\uff1a]|%(?:25)*3a)/i.test(after);
}

/** True for a well-known scheme, whatever the name before it. The credential follows it. */
export function isAuthScheme(word: string): boolean {
  return /^(?:basic|bearer|digest|negotiate|token|acs|oss|aws|[a-z0-9]{1,8}-hmac-[a-z0-9-]{1,16})$/i.test(word);
}

/** The key ids of Alibaba, Tencent, and AWS. */
const keyId = /(?:LTAI|AKID|STS\.)[A-Za-z0-9]{8,}|(?:AKIA|ASIA)[A-Z0-9]{12,}/g;

/** Up to the end of the text if the end of the key is missing. */
const privateKey = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/gs;

/** Removes keys in PEM. Their lines may be too short to be recognized as tokens. */
export function withoutPrivateKeys(text: string): string {
  return text.replace(privateKey, marker);
}

/**
 * A JSON Web Token. Its parts are shorter than other tokens, or hyphens divide them. The first part is bounded, so that
 * the search takes linear time.
 */
const webToken = /eyJ[A-Za-z0-9_-]{8,200}(?:\.[A-Za-z0-9_-]+){1,4}/g;

/** A key id with the fewest characters, such as `STS.` and eight more. */
const shortestToken = 12;

/** Removes key ids, digests of 32 bytes or more, and long tokens from a run of `A-Za-z0-9+/_.-`. */
export function withoutTokens(run: string): string {
  if (run.length < shortestToken) return run;
  return run
    .replace(webToken, marker)
    .replace(/[A-Za-z0-9+/]+/g, (piece) => (isToken(piece) ? marker : piece))
    .replace(/[0-9a-f]{64,}/gi, marker)
    .replace(keyId, marker);
}

/** Paths and object names rarely have this length and all three character classes without a hyphen or dot. */
function isToken(piece: string): boolean {
  return piece.length >= 40 && /[A-Z]/.test(piece) && /[a-z]/.test(piece) && /\d/.test(piece);
}
