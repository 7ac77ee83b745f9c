import { createRuntime } from "../lib/config/runtime.ts";
import { systemClock } from "../lib/config/system-clock.ts";
import { addressOf, findTaskDetail } from "../lib/http/find-task.ts";
import { http, pathParameter, revalidated } from "../lib/http/http.ts";
import { lookEveryMs, parseWait, waitForTask } from "../lib/http/wait-for-task.ts";

const runtime = createRuntime(process.env);
const { ledger, providers, now } = runtime;

/** GET /tasks/{id} */
export const handler = http(runtime, async (event, deadlines) => {
  const waitMs = parseWait(event.rawQueryString);
  const address = addressOf(pathParameter(event, "id"), providers);
  const look = (providerSignal: AbortSignal) => findTaskDetail(address, { ledger, now, ...deadlines, providerSignal });
  const task = await waitForTask({ waitMs, look, clock: systemClock, ...deadlines });
  const again = task.done ? {} : { "retry-after": String(lookEveryMs / 1000) };
  return revalidated(event, task, { "task-status": task.status, ...again });
});
