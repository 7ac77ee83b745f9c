import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { vi } from "vitest";
import type { Task } from "../../lib/domain/task.ts";
import type { ConnectionsReport } from "../../lib/http/connections-report.ts";
import type { ProblemDetail } from "../../lib/http/problem.ts";
import type { TaskList } from "../../lib/list/list-tasks.ts";
import { checkResponse } from "../contract/check-response.ts";
import { eventOf, invocation } from "../fakes/gateway-event.ts";
import type { Ending } from "../sandbox/task-state.ts";
import type { SandboxTask, NewTask } from "../sandbox/tasks.ts";
import { startWorld } from "./world.ts";
import type { WorldOptions } from "./world.ts";
import type { World } from "./world.ts";

interface Answer<Body> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Body;
  /** The body as sent. */
  readonly text: string;
}

export type ProblemBody = ProblemDetail & { readonly type: string; readonly status: number; readonly title: string };

/**
 * Invokes the functions as deployed, with API Gateway events. Every response is checked against the contract; the test
 * checks the rest.
 */
export interface Harness extends World {
  /** @param leftMs time left until the function times out; default 29 s */
  list<Body = TaskList>(search?: string, leftMs?: number, headers?: Record<string, string>): Promise<Answer<Body>>;
  get<Body = Task>(
    id: string,
    headers?: Record<string, string>,
    leftMs?: number,
    rawQueryString?: string,
  ): Promise<Answer<Body>>;
  track<Body = Task>(body: unknown, wanted?: Partial<APIGatewayProxyEventV2>): Promise<Answer<Body>>;
  untrack<Body = ProblemBody>(id: string): Promise<Answer<Body>>;
  cancel<Body = Task>(id: string): Promise<Answer<Body>>;
  connections<Body = ConnectionsReport>(): Promise<Answer<Body>>;
  sweep(): Promise<unknown>;
  /** Starts the functions again, as after a deployment that has changed these variables. */
  restart(changes: Readonly<Record<string, string>>): Promise<void>;
  /** A task that runs for an hour by default. */
  addTask(wanted: Partial<NewTask> & Pick<NewTask, "cloud"> & { ending?: Ending; runningMs?: number }): SandboxTask;
}

type Handler = (
  event: APIGatewayProxyEventV2,
  context: ReturnType<typeof invocation>,
  options: { signal: AbortSignal },
) => Promise<APIGatewayProxyStructuredResultV2>;

const options = { signal: new AbortController().signal };

/** Functions read their environment once, on import, so each test file needs its own harness. */
export async function startHarness(options: WorldOptions = {}): Promise<Harness> {
  const world = await startWorld(options);
  Object.assign(process.env, world.env);
  let functions = await importFunctions();
  const json = { "content-type": "application/json" };
  return {
    ...world,
    list: (search = "", leftMs, headers = {}) =>
      ask(functions.list, to("GET", "/tasks", { rawQueryString: search, headers }), leftMs),
    get: (id, headers = {}, leftMs, rawQueryString = "") =>
      ask(functions.get, toTask("GET", id, "", { headers, rawQueryString }), leftMs),
    track: (body, wanted = {}) =>
      ask(functions.track, to("POST", "/tasks", { body: JSON.stringify(body), headers: json, ...wanted })),
    untrack: (id) => ask(functions.untrack, toTask("DELETE", id)),
    cancel: (id) => ask(functions.cancel, toTask("POST", id, "/cancel")),
    connections: () => ask(functions.connections, to("GET", "/connections")),
    sweep: async () => functions.sweep({}, invocation(300_000)),
    async restart(changes) {
      Object.assign(process.env, changes);
      vi.resetModules();
      functions = await importFunctions();
    },
    addTask: (wanted) => world.clouds.tasks.addTask(taskWanted(wanted)),
  };
}

async function importFunctions() {
  return {
    list: (await import("../../functions/list.ts")).handler,
    get: (await import("../../functions/get.ts")).handler,
    track: (await import("../../functions/track.ts")).handler,
    untrack: (await import("../../functions/untrack.ts")).handler,
    cancel: (await import("../../functions/cancel.ts")).handler,
    connections: (await import("../../functions/connections.ts")).handler,
    sweep: (await import("../../functions/sweep.ts")).handler,
  };
}

function taskWanted({
  ending = { kind: "succeeded" },
  runningMs = 3_600_000,
  ...wanted
}: Parameters<Harness["addTask"]>[0]): NewTask {
  const action = wanted.cloud === "tencent-ecm" ? "ImportCustomImage" : "ImportImage";
  return { action, plan: { pendingMs: 0, runningMs, ending }, ...wanted };
}

function to(method: string, path: string, wanted: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const event = eventOf({ rawPath: path, ...wanted });
  const { requestContext } = event;
  return { ...event, requestContext: { ...requestContext, http: { ...requestContext.http, method, path } } };
}

function toTask(
  method: string,
  id: string,
  rest = "",
  wanted: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 {
  return to(method, `/tasks/${encodeURIComponent(id)}${rest}`, { pathParameters: { id }, ...wanted });
}

async function ask<Body>(handler: Handler, event: APIGatewayProxyEventV2, leftMs = 29_000): Promise<Answer<Body>> {
  const { statusCode = 0, headers = {}, body = "" } = await handler(event, invocation(leftMs), options);
  const { method } = event.requestContext.http;
  checkResponse({ method, path: event.rawPath, status: statusCode, headers, body });
  return { status: statusCode, headers, text: body, body: body === "" ? undefined : JSON.parse(body) };
}
