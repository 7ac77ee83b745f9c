import { http } from "../lib/http.ts";
import { parseListQuery } from "../lib/list-query.ts";
import { listTasks } from "../lib/list-tasks.ts";
import { createRuntime } from "../lib/runtime.ts";

const { log, ledger, providers } = createRuntime(process.env);

/** GET /tasks */
export const handler = http(log, async ({ rawQueryString }, deadlines) => {
  const query = parseListQuery(rawQueryString, providers);
  return { status: 200, body: await listTasks(query, { providers, ledger, ...deadlines }) };
});
