import { marker } from "./credential-forms.ts";

/**
 * The location of a URL, without its user, query, and fragment. A URL that is escaped or has a scheme other than HTTP
 * is kept unchanged if it has none of these, and dropped otherwise. A URL whose user and host are ambiguous is dropped.
 */
export function locationOf(url: string): string {
  const [, scheme, authority = "", rest = ""] = /^(https?:\/\/)([^/]*)(.*)/i.exec(url) ?? [];
  if (scheme === undefined) return /[?#@]|%3f|%23|%40/i.test(url) ? marker : url;
  const userEnd = authority.lastIndexOf("@") + 1;
  const queryStart = authority.search(/[?#]/);
  // A password may contain an unescaped question mark or slash.
  if (queryStart !== -1 && queryStart < userEnd) return marker;
  const host = authority.slice(userEnd, queryStart === -1 ? undefined : queryStart);
  if (!/^\[|^[^:]*(?::\d*)?$/.test(host)) return marker;
  if (queryStart !== -1) return scheme + host;
  const [path = ""] = rest.split(/[?#]|%3f/i, 1);
  const mayHoldUser = path.includes("@") && (host.includes(":") || path.includes("//") || /%2f%2f/i.test(path));
  return mayHoldUser ? marker : scheme + host + path;
}
