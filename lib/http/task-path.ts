import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { invalidParameters, notUnicode } from "./problem.ts";

/**
 * A task's id as a path segment. Gateways disagree about percent-encoding: some decode paths, some do not, and some cut
 * them at a decoded `?`. Ids with other characters than these are therefore spelled `~` and base64url, which no gateway
 * changes. An id never begins with `~`, because it begins with a connection's name.
 */
const survivesUnchanged = /^[\w.:-]+$/;
const spelledMark = "~";

/** The id as it appears in URLs, with nothing in it to encode or decode. */
export function taskIdToSegment(id: string): string {
  return survivesUnchanged.test(id) ? id : `${spelledMark}${Buffer.from(id).toString("base64url")}`;
}

/**
 * The path of a task under the path that the collection was called by, so a base path is kept.
 * @param collection the event of a call to `/tasks`
 */
export function taskLocation({ rawPath }: Pick<APIGatewayProxyEventV2, "rawPath">, id: string): string {
  return `${escapedPath(rawPath)}/${taskIdToSegment(id)}`;
}

/** The event's path as it may stand in a URL, whether the gateway decoded it or not. */
export function escapedPath(rawPath: string): string {
  // A percent sign belongs to an escape that the gateway kept: no route and no base path contains one.
  return encodeURI(rawPath.toWellFormed()).replaceAll("%25", "%");
}

/**
 * The id in the path of `/tasks/{id}`, in either spelling.
 * @throws Problem `invalid-parameters` for `~` followed by anything but the base64url of UTF-8 text, and for an id that is
 *   not Unicode
 */
export function taskIdInPath({ pathParameters }: Pick<APIGatewayProxyEventV2, "pathParameters">): string {
  const segment = decodedOnce(pathParameters?.["id"] ?? "");
  if (!segment.isWellFormed()) throw invalidParameters([{ field: "id", detail: notUnicode }]);
  if (!segment.startsWith(spelledMark)) return segment;
  const base64url = segment.slice(spelledMark.length);
  const bytes = Buffer.from(base64url, "base64url");
  const id = bytes.toString();
  // The decoder skips what it cannot read. Only the canonical spelling may lead to the task.
  if (bytes.toString("base64url") === base64url && Buffer.from(id).equals(bytes)) return id;
  throw invalidParameters([{ field: "id", detail: "must be ~ and the base64url of an id, or an id" }]);
}

/**
 * Most gateways have decoded the segment, and decoding it again would lead `%41` to the task `A`. Every id has colons,
 * so only a segment without one can still be encoded.
 */
function decodedOnce(segment: string): string {
  if (segment.includes(":") || segment.startsWith(spelledMark)) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
