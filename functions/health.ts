import { checkHealth, ledgerPatienceMs } from "../lib/health.ts";
import { http, refuseParameters } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";

const runtime = createRuntime(process.env);

/** GET /health */
export const handler = http(runtime, async (event, deadlines) => {
  refuseParameters(event);
  const signal = AbortSignal.any([deadlines.signal, AbortSignal.timeout(ledgerPatienceMs)]);
  return { status: 200, body: await checkHealth({ ...runtime, signal }) };
});
