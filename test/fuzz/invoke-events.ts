import { createHash } from "node:crypto";
import { canonicalAddress, canonicalAddressToTrack } from "../../lib/http/canonical-address.ts";
import { listEntityTag, taskEntityTag } from "../../lib/http/entity-tag.ts";
import { addressOf, findTaskDetail } from "../../lib/http/find-task.ts";
import { http, httpWithBody, refuseParameters, revalidated } from "../../lib/http/http.ts";
import type { HttpDependencies, HttpFunction } from "../../lib/http/http.ts";
import { nextLink } from "../../lib/http/next-link.ts";
import { unroutedProblem } from "../../lib/http/routes.ts";
import { taskIdInPath, taskLocation } from "../../lib/http/task-path.ts";
import { parseTrackTaskBody, trackAddress, trackTask } from "../../lib/http/track-task.ts";
import { parseWait } from "../../lib/http/wait-for-task.ts";
import { listTasks } from "../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../lib/list/query.ts";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { explain } from "../fakes/explain.ts";
import { invocation } from "../fakes/gateway-event.ts";
import { openAccess } from "../fakes/open-access.ts";
import { sampleTask } from "../fakes/sample-task.ts";
import { createScriptedProvider, row } from "../fakes/scripted-provider.ts";
import { createTaskBook } from "../fakes/task-book.ts";
import { hostileInvocation } from "../fuzz-api/hostile-event.ts";
import type { Invocation, InvokedName } from "../fuzz-api/hostile-event.ts";
import { createInvocationJudge } from "../fuzz-api/judge-invocation.ts";
import type { Observation, Subject } from "./observation.ts";
import { createRandom } from "./random.ts";

/** How an HTTP function is made, as an argument so that a wrong one can be put in its place. */
export type MakeHttp = typeof http;

const token = "secret-token-of-the-fuzzer";
const names = ["list", "get", "track", "fallback"] as const satisfies readonly InvokedName[];
type Name = (typeof names)[number];

/** The HTTP functions over memory, with events that API Gateway would never send. */
export function invokeEventsSubject(make: MakeHttp = http): Subject {
  const functions = functionsOver(make);
  const judge = createInvocationJudge(openApiDocument(), [token]);
  return {
    name: "the HTTP functions, invoked directly",
    cloud: "alibaba-ecs",
    shows: "nothing",
    asks: "list",
    seesStatus: true,
    async observe(hostile) {
      const nothing: Observation = { delivered: [], seen: [], unreadable: [] };
      // A case is an answer of a cloud. Here, it only decides which event is drawn.
      const digest = createHash("sha256").update(JSON.stringify(hostile)).digest();
      const drawn = hostileInvocation(createRandom(digest.readUInt32LE(), 0), token, names);
      try {
        const faults = judge(drawn, await invoke(functions, drawn));
        return faults.length === 0
          ? nothing
          : { ...nothing, thrown: new Error(`${faults.join("; ")} for ${shown(drawn)}`) };
      } catch (thrown) {
        return { ...nothing, thrown };
      }
    },
  };
}

function shown({ name, event }: Invocation): string {
  return `${name} ${JSON.stringify(event).slice(0, 1000)}`;
}

function invoke(functions: Readonly<Record<Name, HttpFunction>>, { name, event }: Invocation): Promise<unknown> {
  const known = names.find((one) => one === name) ?? "fallback";
  return functions[known](event as Parameters<HttpFunction>[0], invocation());
}

/** As the files in `functions/` make them, over a cloud and a ledger in memory. */
function functionsOver(make: MakeHttp): Readonly<Record<Name, HttpFunction>> {
  const deps: HttpDependencies = { log: () => undefined, access: { ...openAccess, token } };
  const details = { "t-1": sampleTask() };
  const providers = [createScriptedProvider({ pages: [[row(sampleTask())]], details })];
  const now = () => 0;
  return {
    list: make(deps, async (event, deadlines) => {
      const query = parseListQuery(event.rawQueryString, providers);
      const ledger = createTaskBook([sampleTask()]);
      const { ageSeconds: _age, ...list } = await listTasks(query, { providers, ledger, explain, now, ...deadlines });
      return revalidated(event, list, nextLink(event, list.nextCursor), listEntityTag(list));
    }),
    get: make(deps, async (event, deadlines) => {
      parseWait(event.rawQueryString);
      const looking = { ledger: createTaskBook(), now, ...deadlines };
      const address = addressOf(taskIdInPath(event), providers);
      const task = explain(await findTaskDetail(await canonicalAddress(address, looking), looking));
      return revalidated(event, task, { "task-status": task.status }, taskEntityTag(task));
    }),
    track: httpWithBody(deps, async (event, deadlines, body) => {
      refuseParameters(event);
      const wanted = parseTrackTaskBody(body);
      const tracking = { ledger: createTaskBook(), now, ...deadlines };
      const address = await canonicalAddressToTrack(trackAddress(wanted, providers), tracking);
      const { task, created } = await trackTask(address, wanted.labels, tracking);
      return { status: created ? 201 : 200, body: explain(task), headers: { location: taskLocation(event, task.id) } };
    }),
    fallback: make(deps, async (event) => {
      throw unroutedProblem(event);
    }),
  };
}
