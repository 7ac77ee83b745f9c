import { http } from "../lib/http.ts";
import { createHttpWorld } from "../lib/http-world.ts";
import { unroutedProblem } from "../lib/routes.ts";

/** Every request that is none of the others. */
export const handler = http(createHttpWorld(process.env), async ({ rawPath, requestContext }) => {
  throw unroutedProblem(requestContext.http.method, rawPath);
});
