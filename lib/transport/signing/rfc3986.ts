/** Percent-encoding with the unreserved set of RFC 3986 (https://www.rfc-editor.org/rfc/rfc3986#section-2.3). */

/**
 * Everything but `A-Z a-z 0-9 - _ . ~` as upper-case `%XX` of its UTF-8 bytes; a space is `%20`.
 * A lone surrogate is encoded as U+FFFD, so that no text can make this throw.
 */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, hexOfAscii);
}

function hexOfAscii(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
