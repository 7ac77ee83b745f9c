import { httpWithBody, refuseParameters } from "../lib/http.ts";
import { createRuntime } from "../lib/runtime.ts";
import { parseTrackTaskBody, trackAddress, trackTask } from "../lib/track-task.ts";

const { log, ledger, providers, now } = createRuntime(process.env);

/** POST /tasks */
export const handler = httpWithBody(log, async (event, deadlines) => {
  refuseParameters(event);
  const wanted = parseTrackTaskBody(event.body);
  const address = trackAddress(wanted, providers);
  const { task, created } = await trackTask(address, wanted.labels ?? {}, { ledger, now, ...deadlines });
  const location = `/tasks/${encodeURIComponent(task.id)}`;
  return { status: created ? 201 : 200, body: task, headers: { location } };
});
