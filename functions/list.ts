import { http, revalidated } from "../lib/http.ts";
import { parseListQuery } from "../lib/list-query.ts";
import { listTasks } from "../lib/list-tasks.ts";
import { nextLink } from "../lib/next-link.ts";
import { createRuntime } from "../lib/runtime.ts";

const runtime = createRuntime(process.env);
const { ledger, providers, now } = runtime;

/** GET /tasks */
export const handler = http(runtime, async (event, deadlines) => {
  const query = parseListQuery(event.rawQueryString, providers);
  const { ageSeconds, ...list } = await listTasks(query, { providers, ledger, now, ...deadlines });
  const age = ageSeconds === null ? {} : { age: String(ageSeconds) };
  return revalidated(event, list, { ...nextLink(event, list.nextCursor), ...age });
});
