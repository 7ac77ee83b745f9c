import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { components } from "../../docs/examples/image-tasks-api.ts";
import type { Task } from "../../lib/domain/task.ts";
import { entityTag, listEntityTag, matchesEntityTag, taskEntityTag } from "../../lib/http/entity-tag.ts";
import { pageAnswer } from "../../lib/http/page.ts";
import type { ProviderFailure } from "../../lib/http/problem.ts";
import { taskIdInPath } from "../../lib/http/task-path.ts";
import { buildPage } from "../../scripts/build-page.ts";
import { checkResponse } from "../contract/check-response.ts";
import { eventOf } from "../fakes/gateway-event.ts";
import { listenHttp } from "../fakes/loopback-server.ts";

type Schemas = components["schemas"];

/** What the API knows. Tests change it while a browser looks at the page. */
export interface FakeApiState {
  /** Newest first. */
  tasks: Task[];
  stalledIds: Set<string>;
  /** By the task's id. */
  timelines: Map<string, Schemas["TimelineEntry"][]>;
  errors: ProviderFailure[];
  connections: Schemas["Connections"];
  /** `null`: healthy. */
  unhealthy: string | null;
  /** Calls need this token, if there is one. */
  token: string | null;
  /** What every call of the API is answered instead; `hang-up` closes the connection. */
  outage: { readonly status: 503; readonly retryAfterSeconds: number } | "hang-up" | null;
}

export interface FakeApi extends FakeApiState {
  readonly url: string;
  /** Paths of the calls so far, with their queries, and how they were answered. */
  readonly calls: { readonly path: string; readonly status: number; readonly authorization: string | undefined }[];
  stop(): Promise<void>;
}

interface Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The page, and an API on the same origin that answers as the contract says. Every answer is checked against it. */
export async function startFakeApi(wanted: Partial<FakeApiState> = {}): Promise<FakeApi> {
  const page = await buildPage(fileURLToPath(new URL("../..", import.meta.url)));
  const server = await listenHttp((request, response) => respond(request, response));
  const api: FakeApi = {
    tasks: [],
    stalledIds: new Set(),
    timelines: new Map(),
    errors: [],
    connections: { connections: [], unconfigured: [] },
    unhealthy: null,
    token: null,
    outage: null,
    ...wanted,
    url: server.url.href,
    calls: [],
    stop: () => server.close(),
  };
  return api;

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://api");
    if (pathname === "/") {
      const { statusCode, headers = {}, body } = pageAnswer(page, eventOf({ headers: headersOf(request) }));
      response.writeHead(statusCode ?? 500, headersIn(headers)).end(body);
      return;
    }
    if (api.outage === "hang-up") return void response.destroy();
    const answer = revalidated(request, answerTo(api, request, { pathname, searchParams }));
    const { status, body } = answer;
    const isProblem = status >= 400;
    const headers = {
      ...(body === undefined ? {} : { "content-type": `application/${isProblem ? "problem+json" : "json"}` }),
      "cache-control": isProblem ? "no-store" : "no-cache",
      "x-content-type-options": "nosniff",
      ...answer.headers,
    };
    const text = body === undefined ? "" : JSON.stringify(body);
    api.calls.push({ path: request.url ?? "", status, authorization: request.headers.authorization });
    try {
      checkResponse({ method: "GET", path: pathname, status, headers, body: text });
    } catch (error) {
      response.writeHead(599).end(String(error));
      throw error;
    }
    response.writeHead(status, headers).end(text);
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function headersIn(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function revalidated(request: IncomingMessage, answer: Response): Response {
  const { etag } = answer.headers ?? {};
  if (etag === undefined || !matchesEntityTag(request.headers["if-none-match"], etag)) return answer;
  return { status: 304, headers: answer.headers ?? {} };
}

interface Asked {
  readonly pathname: string;
  readonly searchParams: URLSearchParams;
}

function answerTo(api: FakeApi, request: IncomingMessage, { pathname, searchParams }: Asked): Response {
  if (api.token !== null && request.headers.authorization !== `Bearer ${api.token}`) {
    const detail = "Send authorization: Bearer <token>";
    return { ...problem(401, "unauthenticated", detail), headers: { "www-authenticate": "Bearer" } };
  }
  if (api.outage !== null && api.outage !== "hang-up") {
    const headers = { "retry-after": String(api.outage.retryAfterSeconds) };
    return { ...problem(503, "ledger-unavailable", "The ledger is throttled"), headers };
  }
  if (pathname === "/tasks") return listOf(api, searchParams);
  if (pathname === "/connections") {
    return { status: 200, body: api.connections, headers: { etag: entityTag(JSON.stringify(api.connections)) } };
  }
  if (pathname === "/health") {
    return api.unhealthy === null
      ? { status: 200, body: { status: "ok", unreadableItems: 0 } }
      : problem(503, "unhealthy", api.unhealthy);
  }
  return detailOf(api, taskIdInPath({ pathParameters: { id: pathname.slice("/tasks/".length) } }));
}

const titles = {
  unauthenticated: "The request does not prove who is calling",
  "ledger-unavailable": "The ledger is not available",
  unhealthy: "The service is not healthy",
  "unknown-task": "There is no such task",
} as const;

function problem(status: number, type: keyof typeof titles, detail: string): Response {
  return { status, body: { type: `urn:image-tasks:problem:${type}`, title: titles[type], status, detail } };
}

/** The cursor is the number of tasks before the page. */
function listOf({ tasks, stalledIds, errors }: FakeApi, search: URLSearchParams): Response {
  const limit = Number(search.get("limit"));
  const statuses = search.getAll("status");
  const fitting = tasks.filter(
    ({ id, status, done }) =>
      (statuses.length === 0 || statuses.includes(status)) &&
      (search.get("stalled") === null || (stalledIds.has(id) && !done)),
  );
  const from = Number(search.get("cursor") ?? "0");
  const end = from + limit;
  const list = {
    tasks: fitting.slice(from, end),
    nextCursor: end < fitting.length ? String(end) : null,
    errors: search.get("source") === "ledger" ? errors : [],
  };
  const headers = { etag: listEntityTag(list), age: "3" };
  const link = list.nextCursor === null ? {} : { link: `</tasks?cursor=${list.nextCursor}>; rel="next"` };
  return { status: 200, body: list, headers: { ...headers, ...link } };
}

function detailOf({ tasks, timelines }: FakeApi, id: string): Response {
  const task = tasks.find((one) => one.id === id);
  if (task === undefined) return problem(404, "unknown-task", "Neither the ledger nor the provider knows the task");
  const headers = { etag: taskEntityTag(task), "task-status": task.status };
  const again = task.done ? {} : { "retry-after": "5" };
  return { status: 200, body: { ...task, timeline: timelines.get(id) ?? [] }, headers: { ...headers, ...again } };
}
