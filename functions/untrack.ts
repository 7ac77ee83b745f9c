import { addressOf } from "../lib/find-task.ts";
import { http, pathParameter, refuseParameters } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";
import { untrackTask } from "../lib/track-task.ts";

const runtime = createRuntime(process.env);
const { ledger, providers, now } = runtime;

/** DELETE /tasks/{id} */
export const handler = http(runtime, async (event, deadlines) => {
  refuseParameters(event);
  const address = addressOf(pathParameter(event, "id"), providers);
  await untrackTask(address, { ledger, now, ...deadlines });
  return { status: 204 };
});
