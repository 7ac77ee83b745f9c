import { createRuntime } from "../lib/config/runtime.ts";
import { cancelTask } from "../lib/http/cancel-task.ts";
import { canonicalAddress } from "../lib/http/canonical-address.ts";
import { coldStart } from "../lib/http/cold-start.ts";
import { addressOf } from "../lib/http/find-task.ts";
import { http, refuseParameters } from "../lib/http/http.ts";
import { taskIdInPath } from "../lib/http/task-path.ts";

/** POST /tasks/{id}/cancel */
export const handler = coldStart(process.env, () => {
  const runtime = createRuntime(process.env);
  const { ledger, providers, explain, now } = runtime;
  return http(runtime, async (event, deadlines) => {
    refuseParameters(event);
    const deps = { ledger, explain, now, ...deadlines };
    const address = await canonicalAddress(addressOf(taskIdInPath(event), providers), deps);
    return { status: 202, body: await cancelTask(address, deps) };
  });
});
