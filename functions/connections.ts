import { createRuntime } from "../lib/config/runtime.ts";
import { coldStart } from "../lib/http/cold-start.ts";
import { reportConnections } from "../lib/http/connections-report.ts";
import { http, refuseParameters, revalidated } from "../lib/http/http.ts";

/** GET /connections */
export const handler = coldStart(process.env, () => {
  const runtime = createRuntime(process.env);
  return http(runtime, async (event, { signal }) => {
    refuseParameters(event);
    return revalidated(event, await reportConnections({ ...runtime, signal }));
  });
});
