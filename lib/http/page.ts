import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { entityTag, matchesEntityTag } from "./entity-tag.ts";

export interface BuiltPage {
  readonly html: string;
  /** CSP sources, such as `sha256-...`. */
  readonly scriptHash: string;
  readonly styleHash: string;
}

/**
 * The page for people. It is open to everybody and the same for everybody, because a browser cannot send a token when it
 * opens an address. All data comes from the API, which the page calls with its reader's token.
 */
export function pageAnswer(
  page: BuiltPage,
  { headers, requestContext }: Pick<APIGatewayProxyEventV2, "headers" | "requestContext">,
): APIGatewayProxyStructuredResultV2 {
  const etag = entityTag(page.html);
  const shared = { etag, "cache-control": "no-cache", ...protections(page) };
  if (matchesEntityTag(headers["if-none-match"], etag)) return { statusCode: 304, headers: shared };
  const isHead = requestContext.http.method === "HEAD";
  return {
    statusCode: 200,
    headers: { "content-type": "text/html; charset=utf-8", ...shared },
    ...(isHead ? {} : { body: page.html }),
  };
}

/** Only the page's own script and style, and only calls of its own origin. @see https://www.w3.org/TR/CSP3/ */
function protections({ scriptHash, styleHash }: BuiltPage): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    `script-src '${scriptHash}'`,
    `style-src '${styleHash}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
}
