import { createRuntime } from "../lib/config/runtime.ts";
import { coldStart } from "../lib/http/cold-start.ts";
import { checkHealth, ledgerTimeoutMs } from "../lib/http/health.ts";
import { http, refuseParameters } from "../lib/http/http.ts";

/** GET /health */
export const handler = coldStart(process.env, () => {
  const runtime = createRuntime(process.env);
  return http(runtime, async (event, deadlines) => {
    refuseParameters(event);
    const signal = AbortSignal.any([deadlines.signal, AbortSignal.timeout(ledgerTimeoutMs)]);
    return { status: 200, body: await checkHealth({ ...runtime, signal }) };
  });
});
