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
export function unroutedProblem(path: string): Problem {
  const found = Object.entries(routes).find(([pattern]) => fits(pattern, path));
  if (found === undefined) {
    return new Problem("unknown-route", { detail: `The paths are ${Object.keys(routes).join(", ")}` });
  }
  const allow = found[1].join(", ");
  return new Problem("method-not-allowed", { detail: `Allowed: ${allow}`, headers: { allow } });
}

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return false;
  return wanted.every((segment, index) => (segment === "{id}" ? given[index] !== "" : segment === given[index]));
}
