import { createHttpDependencies } from "../lib/http/http-dependencies.ts";
import { http } from "../lib/http/http.ts";
import { unroutedProblem } from "../lib/http/routes.ts";

/** Every request that is none of the others. */
export const handler = http(createHttpDependencies(process.env), async ({ rawPath, requestContext }) => {
  throw unroutedProblem(requestContext.http.method, rawPath);
});
