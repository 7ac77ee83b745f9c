import { marker } from "./credential-forms.ts";

/**
 * Where a URL points: without its user, query and fragment. A URL of another scheme than HTTP, or written in escapes, is
 * left alone when it has none of these and dropped otherwise. So is one whose user and host cannot be told apart.
 */
export function locationOf(url: string): string {
  const [, scheme, authority = "", rest = ""] = /^(https?:\/\/)([^/]*)(.*)$/i.exec(url) ?? [];
  if (scheme === undefined) return /[?#@]|%3f|%23|%40/i.test(url) ? marker : url;
  const userEnd = authority.lastIndexOf("@") + 1;
  const queryStart = authority.search(/[?#]/);
  // A password may hold a question mark or a slash that should have been escaped.
  if (queryStart !== -1 && queryStart < userEnd) return marker;
  const host = authority.slice(userEnd, queryStart === -1 ? undefined : queryStart);
  if (!/^\[|^[^:]*(?::\d*)?$/.test(host)) return marker;
  if (queryStart !== -1) return scheme + host;
  const [path = ""] = rest.split(/[?#]|%3f/i, 1);
  const mayHoldUser = path.includes("@") && (host.includes(":") || path.includes("//") || /%2f%2f/i.test(path));
  return mayHoldUser ? marker : scheme + host + path;
}
