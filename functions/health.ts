import { createRuntime } from "../lib/config/runtime.ts";
import { checkHealth, ledgerTimeoutMs } from "../lib/http/health.ts";
import { http, refuseParameters } from "../lib/http/http.ts";

const runtime = createRuntime(process.env);

/** GET /health */
export const handler = http(runtime, async (event, deadlines) => {
  refuseParameters(event);
  const signal = AbortSignal.any([deadlines.signal, AbortSignal.timeout(ledgerTimeoutMs)]);
  return { status: 200, body: await checkHealth({ ...runtime, signal }) };
});
