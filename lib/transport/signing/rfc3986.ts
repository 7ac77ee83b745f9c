/** Percent-encoding with the unreserved set of RFC 3986 (https://www.rfc-editor.org/rfc/rfc3986#section-2.3). */

/**
 * Encodes everything except `A-Z a-z 0-9 - _ . ~` as upper-case `%XX` of its UTF-8 bytes. A space becomes `%20`.
 * A lone surrogate is encoded as U+FFFD, so this never throws.
 */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, hexOfAscii);
}

function hexOfAscii(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
