import { addressOf } from "../lib/find-task.ts";
import { http, pathParameter, refuseParameters } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";
import { untrackTask } from "../lib/track-task.ts";

const { log, ledger, providers, now } = createRuntime(process.env);

/** DELETE /tasks/{id} */
export const handler = http(log, async (event, deadlines) => {
  refuseParameters(event);
  const address = addressOf(pathParameter(event, "id"), providers);
  await untrackTask(address, { ledger, now, ...deadlines });
  return { status: 204 };
});
