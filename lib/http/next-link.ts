import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { maxUrlBytes } from "./request-limits.ts";
import { escapedPath } from "./task-path.ts";

/**
 * The `Link` header to the next page. Left out on the last page, and when the URL would be too long to request.
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function nextLink(
  { rawPath, rawQueryString }: Pick<APIGatewayProxyEventV2, "rawPath" | "rawQueryString">,
  cursor: string | null,
): Readonly<Record<string, string>> {
  if (cursor === null) return {};
  const query = new URLSearchParams(rawQueryString);
  query.set("cursor", cursor);
  const target = `${escapedPath(rawPath)}?${query}`;
  return target.length > maxUrlBytes ? {} : { link: `<${target}>; rel="next"` };
}
