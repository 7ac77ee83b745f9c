import { addressOf } from "../lib/find-task.ts";
import { http, pathParameter } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";
import { untrackTask } from "../lib/track-task.ts";

const { log, ledger, providers, now } = createRuntime(process.env);

/** DELETE /tasks/{id} */
export const handler = http(log, async (event, signal) => {
  const address = addressOf(pathParameter(event, "id"), providers);
  await untrackTask(address, { providers, ledger, now, signal });
  return { status: 204 };
});
