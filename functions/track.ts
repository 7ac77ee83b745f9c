import { createRuntime } from "../lib/config/runtime.ts";
import { httpWithBody, refuseParameters } from "../lib/http/http.ts";
import { parseTrackTaskBody, trackAddress, trackTask } from "../lib/http/track-task.ts";

const runtime = createRuntime(process.env);
const { ledger, providers, now } = runtime;

/** POST /tasks */
export const handler = httpWithBody(runtime, async (event, deadlines) => {
  refuseParameters(event);
  const wanted = parseTrackTaskBody(event.body);
  const address = trackAddress(wanted, providers);
  const { task, created } = await trackTask(address, wanted.labels ?? {}, { ledger, now, ...deadlines });
  const location = `/tasks/${encodeURIComponent(task.id)}`;
  return { status: created ? 201 : 200, body: task, headers: { location } };
});
