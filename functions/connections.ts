import { reportConnections } from "../lib/connections-report.ts";
import { http, refuseParameters, revalidated } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";

const runtime = createRuntime(process.env);

/** GET /connections */
export const handler = http(runtime, async (event, { signal }) => {
  refuseParameters(event);
  return revalidated(event, await reportConnections({ ...runtime, signal }));
});
