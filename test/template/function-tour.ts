import * as z from "zod/mini";
import { eventOf } from "../fakes/gateway-event.ts";
import { pendingEvent, record, write } from "../fakes/ledger-contract.ts";
import { invoke } from "../prove/child.ts";
import type { Child } from "../prove/child.ts";
import type { CloudName } from "../sandbox/exchange.ts";
import type { SandboxTask } from "../sandbox/tasks.ts";
import type { FunctionWorld } from "./function-world.ts";
import type { AwsCall } from "./recording-aws.ts";

const Answer = z.object({ statusCode: z.number(), body: z.optional(z.string()) });
/** A cloud that could not be asked would leave paths untaken. */
const List = z.object({ errors: z.array(z.unknown()).check(z.maxLength(0)), nextCursor: z.nullable(z.string()) });

/** Calls one function and checks the status, so that a path that was not taken is noticed. */
type Ask = (name: string, request: string, status: number, body?: unknown) => Promise<string>;

/**
 * Takes every path through every function that leads to another call to AWS. Starts with an empty ledger.
 * @returns the calls of a sweep of three targets, each with running tasks and without news
 */
export async function tourFunctions(world: FunctionWorld, names: readonly string[]): Promise<readonly AwsCall[]> {
  const started = names.map(async (name) => [name, await world.start(name)] as const);
  const functions = new Map(await Promise.all(started));
  const ask: Ask = (name, request, status, body) => askFunction(functions, { name, request, body }, status);
  const sweep = async (): Promise<void> => {
    const ended = await invoke(childOf(functions, "sweep"), {});
    if (ended?.problem !== undefined) throw new Error(`the sweep failed: ${ended.problem}`);
  };
  await askAnEmptyLedger(ask);
  const tasks = addTasks(world);
  await trackAndAsk(ask, tasks);
  await sweep();
  world.clock.advance(60_000);
  await sweep();
  const earlier = world.callsOf("sweep").length;
  await sweep();
  const quietSweep = world.callsOf("sweep").slice(earlier);
  await askAfterSweeps(ask, tasks);
  await visitUnconfigured(world, ask, sweep);
  // The sweep replaces it, and keeps a copy.
  await world.editItem("#target#aliyun:cn-hangzhou", { lastSweptAtMs: "yesterday" });
  await sweep();
  return quietSweep;
}

async function askAnEmptyLedger(ask: Ask): Promise<void> {
  await ask("list", "GET /tasks", 200);
  await ask("list", "GET /tasks?source=ledger", 200);
  await ask("connections", "GET /connections", 200);
  await ask("health", "GET /health", 503);
  await ask("openapi", "GET /openapi.json", 200);
  await ask("page", "GET /", 200);
  await ask("fallback", "GET /nowhere", 404);
  await ask("fallback", "PUT /tasks", 405);
  await ask("get", "GET /tasks/aliyun:cn-hangzhou:t-none", 404);
  await ask("untrack", "DELETE /tasks/aliyun:cn-hangzhou:t-none", 404);
  await ask("cancel", "POST /tasks/aliyun:cn-hangzhou:t-none/cancel", 404);
}

interface TourTasks {
  /** One on each cloud that runs until it is canceled. */
  readonly running: Readonly<Record<CloudName, SandboxTask>>;
  readonly ended: SandboxTask;
  /** On the cloud that knows an import by three ids. */
  readonly named: SandboxTask;
}

function addTasks({ clouds }: FunctionWorld): TourTasks {
  const add = (cloud: CloudName, runningMs: number, nativeId: string): SandboxTask => {
    const action = cloud === "tencent-ecm" ? "ImportCustomImage" : "ImportImage";
    const plan = { pendingMs: 0, runningMs, ending: { kind: "succeeded" } } as const;
    return clouds.tasks.addTask({ cloud, action, plan, nativeId, imageName: `image-${nativeId}` });
  };
  const hourMs = 3_600_000;
  return {
    running: {
      "alibaba-ecs": add("alibaba-ecs", hourMs, "t-running"),
      "apsara-route": add("apsara-route", hourMs, "t-stack"),
      "tencent-ecm": add("tencent-ecm", hourMs, "31"),
    },
    ended: add("alibaba-ecs", 30_000, "t-ended"),
    named: add("tencent-ecm", hourMs, "32"),
  };
}

async function trackAndAsk(ask: Ask, { running, ended, named }: TourTasks): Promise<void> {
  await ask("track", "POST /tasks", 201, { connection: "aliyun", nativeId: ended.nativeId, labels: { by: "tour" } });
  await ask("track", "POST /tasks", 200, { connection: "aliyun", nativeId: ended.nativeId, labels: { by: "again" } });
  await ask("track", "POST /tasks", 201, { connection: "stack", nativeId: running["apsara-route"].nativeId });
  await ask("track", "POST /tasks", 201, { connection: "edge", nativeId: `image-name:${named.imageName}` });
  await ask("track", "POST /tasks", 201, { connection: "edge", nativeId: "image-name:not-yet" });
  await ask("get", `GET /tasks/edge:global:${named.imageId}`, 200);
  await ask("get", "GET /tasks/edge:global:image-name:not-yet?wait=1", 200);
  await ask("get", `GET /tasks/stack:cn-qingdao-env17-d01:${running["apsara-route"].nativeId}`, 200);
  await ask("get", `GET /tasks/aliyun:cn-hangzhou:${running["alibaba-ecs"].nativeId}?wait=6`, 200);
}

async function askAfterSweeps(ask: Ask, { running, ended, named }: TourTasks): Promise<void> {
  for (const search of ["limit=1", "limit=1&source=ledger"]) {
    const { nextCursor } = List.parse(JSON.parse(await ask("list", `GET /tasks?${search}`, 200)));
    await ask("list", `GET /tasks?${search}&cursor=${encodeURIComponent(nextCursor ?? "")}`, 200);
  }
  await ask("list", "GET /tasks?label=by=again", 200);
  await ask("list", "GET /tasks?stalled=true", 200);
  await ask("list", "GET /tasks?pendingEvent=true", 200);
  await ask("list", "GET /tasks?connection=edge&nativeId=31", 200);
  await ask("connections", "GET /connections", 200);
  await ask("health", "GET /health", 200);
  await ask("get", `GET /tasks/aliyun:cn-hangzhou:${ended.nativeId}`, 200);
  await ask("cancel", `POST /tasks/aliyun:cn-hangzhou:${running["alibaba-ecs"].nativeId}/cancel`, 202);
  await ask("cancel", `POST /tasks/stack:cn-qingdao-env17-d01:${running["apsara-route"].nativeId}/cancel`, 409);
  await ask("cancel", `POST /tasks/edge:global:${named.imageId}/cancel`, 409);
  await ask("cancel", `POST /tasks/aliyun:cn-hangzhou:${ended.nativeId}/cancel`, 409);
  await ask("untrack", `DELETE /tasks/aliyun:cn-hangzhou:${ended.nativeId}`, 204);
  await ask("untrack", `DELETE /tasks/stack:cn-qingdao-env17-d01:${running["apsara-route"].nativeId}`, 204);
  await ask("untrack", `DELETE /tasks/edge:global:image-name:${named.imageName}`, 204);
}

/** What is left of a connection that was removed from the configuration. */
async function visitUnconfigured(world: FunctionWorld, ask: Ask, sweep: () => Promise<void>): Promise<void> {
  const { ledger } = world;
  const { signal } = new AbortController();
  const ended = record("t-ended", { connection: "old", status: "succeeded" });
  const open = record("t-open", { connection: "old", status: "running" });
  await write(ledger, { ...ended, pending: [pendingEvent(ended.task, 0)] }, open);
  const list = await ledger.readTargetList(signal);
  if (list === undefined) throw new Error("the sweeps have written no list of targets");
  const old = { connection: "old", provider: "alibaba-ecs", region: "cn-hangzhou", unconfigured: null };
  const next = { revision: list.revision + 1, targets: [...list.targets, old] };
  if (!(await ledger.writeTargetList(next, list.revision, signal))) throw new Error("a sweep is still running");
  await ask("list", "GET /tasks?pendingEvent=true&connection=old", 200);
  await ask("get", `GET /tasks/${ended.task.id}`, 200);
  await sweep();
  await ask("health", "GET /health", 503);
  await ask("untrack", `DELETE /tasks/${open.task.id}`, 204);
}

interface Wanted {
  readonly name: string;
  /** Method and path, such as `GET /tasks?limit=1`. */
  readonly request: string;
  readonly body?: unknown;
}

async function askFunction(
  functions: ReadonlyMap<string, Child>,
  { name, request, body }: Wanted,
  status: number,
): Promise<string> {
  const ended = await invoke(childOf(functions, name), gatewayEvent(request, body), 29_000);
  const answer = Answer.parse(ended?.answer);
  if (answer.statusCode === status) {
    if (name === "list") List.parse(JSON.parse(answer.body ?? ""));
    return answer.body ?? "";
  }
  throw new Error(`${request} answers ${answer.statusCode} instead of ${status}: ${answer.body}`);
}

function childOf(functions: ReadonlyMap<string, Child>, name: string): Child {
  const child = functions.get(name);
  if (child === undefined) throw new Error(`there is no function ${name}`);
  return child;
}

function gatewayEvent(request: string, body: unknown) {
  const [method = "", target = ""] = request.split(" ");
  const [path = "", search = ""] = target.split("?");
  const [, id] = /^\/tasks\/([^/]+)/.exec(path) ?? [];
  const event = eventOf({
    rawPath: path,
    rawQueryString: search,
    ...(id === undefined ? {} : { pathParameters: { id } }),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const { requestContext } = event;
  const authorizer = { iam: { userArn: "arn:aws:iam::123456789012:user/tour" } };
  return {
    ...event,
    requestContext: { ...requestContext, authorizer, http: { ...requestContext.http, method, path } },
  };
}
