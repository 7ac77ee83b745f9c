import { createRuntime } from "../lib/config/runtime.ts";
import { canonicalAddress } from "../lib/http/canonical-address.ts";
import { addressOf } from "../lib/http/find-task.ts";
import { http, pathParameter, refuseParameters } from "../lib/http/http.ts";
import { untrackTask } from "../lib/http/track-task.ts";

const runtime = createRuntime(process.env);
const { ledger, providers, now } = runtime;

/** DELETE /tasks/{id} */
export const handler = http(runtime, async (event, deadlines) => {
  refuseParameters(event);
  const deps = { ledger, now, ...deadlines };
  await untrackTask(await canonicalAddress(addressOf(pathParameter(event, "id"), providers), deps), deps);
  return { status: 204 };
});
