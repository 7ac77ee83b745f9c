import { createRuntime } from "../lib/config/runtime.ts";
import { reportConnections } from "../lib/http/connections-report.ts";
import { http, refuseParameters, revalidated } from "../lib/http/http.ts";

const runtime = createRuntime(process.env);

/** GET /connections */
export const handler = http(runtime, async (event, { signal }) => {
  refuseParameters(event);
  return revalidated(event, await reportConnections({ ...runtime, signal }));
});
