import { createRuntime } from "../lib/config/runtime.ts";
import { coldStart } from "../lib/http/cold-start.ts";
import { listEntityTag } from "../lib/http/entity-tag.ts";
import { http, revalidated } from "../lib/http/http.ts";
import { nextLink } from "../lib/http/next-link.ts";
import { readUnconfiguredTargets } from "../lib/http/unconfigured.ts";
import { listTasks } from "../lib/list/list-tasks.ts";
import { parseListQuery, readsLedger } from "../lib/list/query.ts";

/** GET /tasks */
export const handler = coldStart(process.env, () => {
  const runtime = createRuntime(process.env);
  const { ledger, providers, explain, now } = runtime;
  return http(runtime, async (event, deadlines) => {
    const search = event.rawQueryString;
    const unconfigured = readsLedger(search) ? await readUnconfiguredTargets(providers, { ledger, ...deadlines }) : [];
    const query = parseListQuery(search, [...providers, ...unconfigured.map((target) => ({ target }))]);
    const deps = { providers, unconfigured, ledger, explain, now, ...deadlines };
    const { ageSeconds, ...list } = await listTasks(query, deps);
    const age = ageSeconds === null ? {} : { age: String(ageSeconds) };
    return revalidated(event, list, { ...nextLink(event, list.nextCursor), ...age }, listEntityTag(list));
  });
});
