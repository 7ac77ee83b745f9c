import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Problem } from "./problem.ts";

/** Every path and its methods. A test compares them with the template. */
export const routes = {
  "/tasks": ["GET", "HEAD", "POST"],
  "/tasks/{id}": ["GET", "HEAD", "DELETE"],
  "/tasks/{id}/cancel": ["POST"],
  "/connections": ["GET", "HEAD"],
  "/health": ["GET", "HEAD"],
  "/openapi.json": ["GET", "HEAD"],
} as const satisfies Record<string, readonly string[]>;

/** The problem for a request without a function: 405 when the path exists with other methods, otherwise 404. */
export function unroutedProblem({
  rawPath,
  requestContext,
}: Pick<APIGatewayProxyEventV2, "rawPath" | "requestContext">): Problem {
  const [pattern, methods] = routeAt(rawPath.split("/"), requestContext) ?? [];
  if (pattern === undefined || methods === undefined) {
    return new Problem("unknown-route", { detail: `The paths are ${Object.keys(routes).join(", ")}` });
  }
  const allow = methods.join(", ");
  return new Problem("method-not-allowed", { detail: `Allowed: ${allow}`, headers: { allow } });
}

type Route = readonly [pattern: string, methods: readonly string[]];

const longestFirst: readonly Route[] = Object.entries(routes).toSorted(
  ([one], [other]) => other.split("/").length - one.split("/").length,
);

/**
 * `rawPath` begins with the stage, unless that is `$default`, or with the base path of a custom domain. The event does
 * not tell the base path, so any is accepted on a custom domain, whose prefix is not the API's id. A method that the
 * route has shows that the gateway did not take the rest for a base path.
 */
function routeAt(path: readonly string[], about: APIGatewayProxyEventV2["requestContext"]): Route | undefined {
  const { apiId, domainPrefix, stage, http } = about;
  const base = stage === "$default" || path[1] !== stage ? 1 : 2;
  if (domainPrefix === apiId) return longestFirst.find(([pattern]) => fits(segmentsOf(pattern), path.slice(base)));
  return longestFirst.find(([pattern, methods]) => {
    const wanted = segmentsOf(pattern);
    return fits(wanted, path.slice(-wanted.length)) && !methods.includes(http.method);
  });
}

function segmentsOf(pattern: string): readonly string[] {
  return pattern.split("/").slice(1);
}

function fits(wanted: readonly string[], given: readonly string[]): boolean {
  if (wanted.length !== given.length) return false;
  return wanted.every((segment, index) => (segment === "{id}" ? given[index] !== "" : segment === given[index]));
}
