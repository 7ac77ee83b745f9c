import { cancelTask } from "../lib/cancel-task.ts";
import { addressOf } from "../lib/find-task.ts";
import { http, pathParameter, refuseParameters } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";

const runtime = createRuntime(process.env);
const { ledger, providers, now } = runtime;

/** POST /tasks/{id}/cancel */
export const handler = http(runtime, async (event, deadlines) => {
  refuseParameters(event);
  const address = addressOf(pathParameter(event, "id"), providers);
  return { status: 202, body: await cancelTask(address, { ledger, now, ...deadlines }) };
});
