import { createRuntime } from "../lib/config/runtime.ts";
import { canonicalAddress } from "../lib/http/canonical-address.ts";
import { coldStart } from "../lib/http/cold-start.ts";
import { addressOf } from "../lib/http/find-task.ts";
import { http, refuseParameters } from "../lib/http/http.ts";
import { taskIdInPath } from "../lib/http/task-path.ts";
import { untrackTask } from "../lib/http/track-task.ts";
import { readUnconfiguredTask } from "../lib/http/unconfigured.ts";

/** DELETE /tasks/{id} */
export const handler = coldStart(process.env, () => {
  const runtime = createRuntime(process.env);
  const { ledger, providers, now } = runtime;
  return http(runtime, async (event, deadlines) => {
    refuseParameters(event);
    const id = taskIdInPath(event);
    const deps = { ledger, now, ...deadlines };
    const unconfigured = await readUnconfiguredTask(id, providers, deps);
    const address = unconfigured === undefined ? await canonicalAddress(addressOf(id, providers), deps) : { id };
    await untrackTask(address, deps);
    return { status: 204 };
  });
});
