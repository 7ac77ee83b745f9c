import { Problem } from "./problem.ts";

/** Every path and its methods; a test holds them against the template. */
export const routes = {
  "/tasks": ["GET", "HEAD", "POST"],
  "/tasks/{id}": ["GET", "HEAD", "DELETE"],
  "/tasks/{id}/cancel": ["POST"],
  "/connections": ["GET", "HEAD"],
  "/health": ["GET", "HEAD"],
  "/openapi.json": ["GET", "HEAD"],
} as const satisfies Record<string, readonly string[]>;

/** Why a request came to no function: its path has other methods, or there is no such path. */
export function unroutedProblem(method: string, path: string): Problem {
  const found = Object.entries(routes).find(([pattern]) => fits(pattern, path));
  if (found === undefined) {
    return new Problem("unknown-route", { detail: `There are ${Object.keys(routes).join(", ")}` });
  }
  const allow = found[1].join(", ");
  return new Problem("method-not-allowed", { detail: `There are ${allow}, not ${method}`, headers: { allow } });
}

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return false;
  return wanted.every((segment, index) => (segment === "{id}" ? given[index] !== "" : segment === given[index]));
}
