import { addressOf, findTaskDetail } from "../lib/find-task.ts";
import { http, pathParameter, revalidated } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";
import { systemClock } from "../lib/system-clock.ts";
import { lookEveryMs, parseWait, waitForTask } from "../lib/wait-for-task.ts";

const runtime = createRuntime(process.env);
const { ledger, providers, now } = runtime;

/** GET /tasks/{id} */
export const handler = http(runtime, async (event, deadlines) => {
  const waitMs = parseWait(event.rawQueryString);
  const address = addressOf(pathParameter(event, "id"), providers);
  const look = (patience: AbortSignal) => findTaskDetail(address, { ledger, now, ...deadlines, patience });
  const task = await waitForTask({ waitMs, look, clock: systemClock, ...deadlines });
  const again = task.done ? {} : { "retry-after": String(lookEveryMs / 1000) };
  return revalidated(event, task, { "task-status": task.status, ...again });
});
