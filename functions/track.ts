import { createRuntime } from "../lib/config/runtime.ts";
import { canonicalAddressToTrack } from "../lib/http/canonical-address.ts";
import { coldStart } from "../lib/http/cold-start.ts";
import { httpWithBody, refuseParameters } from "../lib/http/http.ts";
import { taskLocation } from "../lib/http/task-path.ts";
import { parseTrackTaskBody, trackAddress, trackTask } from "../lib/http/track-task.ts";

/** POST /tasks */
export const handler = coldStart(process.env, () => {
  const runtime = createRuntime(process.env);
  const { ledger, providers, explain, now } = runtime;
  return httpWithBody(runtime, async (event, deadlines, body) => {
    refuseParameters(event);
    const wanted = parseTrackTaskBody(body);
    const deps = { ledger, now, ...deadlines };
    const address = await canonicalAddressToTrack(trackAddress(wanted, providers), deps);
    const { task, created } = await trackTask(address, wanted.labels, deps);
    return { status: created ? 201 : 200, body: explain(task), headers: { location: taskLocation(event, task.id) } };
  });
});
