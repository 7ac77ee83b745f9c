import { httpWithBody } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";
import { parseTrackTaskBody, trackAddress, trackTask } from "../lib/track-task.ts";

const { log, ledger, providers, now } = createRuntime(process.env);

/** POST /tasks */
export const handler = httpWithBody(log, async ({ body }, signal) => {
  const wanted = parseTrackTaskBody(body);
  const address = trackAddress(wanted, providers);
  const { task, created } = await trackTask(address, wanted.labels ?? {}, { providers, ledger, now, signal });
  const location = `/tasks/${encodeURIComponent(task.id)}`;
  return { status: created ? 201 : 200, body: task, headers: { location } };
});
