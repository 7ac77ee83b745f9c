import { coldStart } from "../lib/http/cold-start.ts";
import { createHttpDependencies } from "../lib/http/http-dependencies.ts";
import { http } from "../lib/http/http.ts";
import { unroutedProblem } from "../lib/http/routes.ts";

/** Every request that no other function serves. */
export const handler = coldStart(process.env, () =>
  http(createHttpDependencies(process.env), async (event) => {
    throw unroutedProblem(event);
  }),
);
