import { createRuntime } from "../lib/config/runtime.ts";
import { systemClock } from "../lib/config/system-clock.ts";
import { canonicalAddress } from "../lib/http/canonical-address.ts";
import { coldStart } from "../lib/http/cold-start.ts";
import { taskEntityTag } from "../lib/http/entity-tag.ts";
import { addressOf, findTaskDetail } from "../lib/http/find-task.ts";
import { http, revalidated } from "../lib/http/http.ts";
import { taskIdInPath } from "../lib/http/task-path.ts";
import { readUnconfiguredTask, unconfiguredTaskDetail } from "../lib/http/unconfigured.ts";
import { lookEveryMs, parseWait, waitForTask } from "../lib/http/wait-for-task.ts";

/** GET /tasks/{id} */
export const handler = coldStart(process.env, () => {
  const runtime = createRuntime(process.env);
  const { ledger, providers, explain, now } = runtime;
  return http(runtime, async (event, deadlines) => {
    const waitMs = parseWait(event.rawQueryString);
    const id = taskIdInPath(event);
    const deps = { ledger, now, ...deadlines };
    const unconfigured = await readUnconfiguredTask(id, providers, deps);
    if (unconfigured !== undefined) {
      const ended = unconfiguredTaskDetail(unconfigured, explain);
      return revalidated(event, ended, { "task-status": ended.status }, taskEntityTag(ended));
    }
    const address = addressOf(id, providers);
    const look = async (providerSignal: AbortSignal) => {
      const looking = { ...deps, providerSignal };
      return findTaskDetail(await canonicalAddress(address, looking), looking);
    };
    const task = explain(await waitForTask({ waitMs, look, clock: systemClock, ...deadlines }));
    const again = task.done ? {} : { "retry-after": String(lookEveryMs / 1000) };
    return revalidated(event, task, { "task-status": task.status, ...again }, taskEntityTag(task));
  });
});
