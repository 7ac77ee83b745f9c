import { addressOf, findTask } from "../lib/find-task.ts";
import { http, pathParameter, refuseParameters, revalidated } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";

const { log, ledger, providers, now } = createRuntime(process.env);

/** GET /tasks/{id} */
export const handler = http(log, async (event, deadlines) => {
  refuseParameters(event);
  const address = addressOf(pathParameter(event, "id"), providers);
  const task = await findTask(address, { ledger, now, ...deadlines });
  return revalidated(event, task);
});
