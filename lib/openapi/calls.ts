import * as examples from "./examples.ts";
import { ref } from "./json-schemas.ts";
import type { Call } from "./operation.ts";
import { ifNoneMatchParameter, listParameters, taskIdParameter, waitParameter } from "./parameters.ts";

/** The operations of the API. */

const unchanged = { status: 304, description: "Unchanged since that `ETag`.", headers: ["ETag"] } as const;
const oneTask = [
  "provider-failed",
  "provider-unauthorized",
  "provider-throttled",
  "provider-unavailable",
  "ledger-unavailable",
] as const;
/** A path with an empty id is an unknown route. */
const unknown = ["unknown-task", "unknown-route"] as const;

const listTasks = (providers: readonly string[]): Call => ({
  operationId: "listTasks",
  tag: "Tasks",
  summary: "List tasks",
  description:
    "Returns one page of the tasks of all targets that match the filters. A filter that is an array may be repeated; a " +
    "task matches when any of the values does, but all values of `label` must match. A target that does not answer becomes an entry in `errors`; the tasks " +
    "of the other targets are still returned.",
  scope: "tasks:read",
  parameters: [...listParameters(providers), ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "One page of tasks. `errors` lists what is missing from it.",
      schema: ref("schemas", "TaskList"),
      examples: {
        failed: { summary: "The first page of failed tasks", value: examples.firstPage },
        partial: { summary: "One of two clouds is throttling", value: examples.partialPage },
      },
      headers: ["WeakETag", "Link", "Age"],
    },
    { ...unchanged, headers: ["WeakETag", "Link", "Age"] },
  ],
  problems: ["provider-failed", "ledger-unavailable"],
});

const trackTask: Call = {
  operationId: "trackTask",
  tag: "Tasks",
  summary: "Track a task",
  description:
    "Tracks a task, including one that the sweep cannot find by itself, and stores labels with it. A repeated call " +
    "answers 200, so it is safe to retry when a response is lost. Its `labels`, if given, replace all earlier ones; " +
    "`{}` removes them. Later events carry the new labels; events recorded before keep theirs. A task may have several ids at " +
    "its provider. `Location` and `id` are the one that it is known by from then on. A task that the provider does not " +
    "show yet is `pending`, and `statusReason` says so. If the provider does not show it within 30 minutes, it becomes " +
    "`vanished`.",
  scope: "tasks:write",
  requestBody: {
    required: true,
    content: {
      "application/json": {
        schema: ref("schemas", "TrackTaskBody"),
        examples: { export: { summary: "With labels", value: examples.trackTask } },
      },
    },
  },
  successes: [
    {
      status: 201,
      description: "The task is now tracked.",
      schema: ref("schemas", "Task"),
      examples: { running: { summary: "A running task", value: examples.runningTask } },
      headers: ["Location"],
    },
    {
      status: 200,
      description: "The task was already tracked.",
      schema: ref("schemas", "Task"),
      examples: { failed: { summary: "A task that has already ended", value: examples.failedTask } },
      headers: ["Location"],
    },
  ],
  problems: [
    "invalid-json",
    "unknown-task",
    "body-too-large",
    "unsupported-media-type",
    "invalid-body",
    "record-unreadable",
    ...oneTask,
  ],
};

const getTask: Call = {
  operationId: "getTask",
  tag: "Tasks",
  summary: "Get a task",
  description:
    "Returns the task in full detail, with its history. With `wait`, it answers as soon as the task is done. A task " +
    "that the provider does not show may still appear during the wait. " +
    "`Retry-After` on a task that is not done is the number of seconds to wait before asking again. For a connection " +
    "or region that is no longer configured, it returns the record of an ended task; for an open one it answers 404 " +
    "with the last recorded state in `task`.",
  scope: "tasks:read",
  parameters: [taskIdParameter, waitParameter, ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "The task's current state.",
      schema: ref("schemas", "TaskDetail"),
      examples: {
        running: { summary: "A running task", value: examples.runningDetail },
        failed: { summary: "A task that failed in part", value: examples.failedDetail },
      },
      headers: ["WeakETag", "RetryAfter", "TaskStatus"],
    },
    { ...unchanged, headers: ["WeakETag", "RetryAfter", "TaskStatus"] },
  ],
  problems: [...unknown, ...oneTask],
};

const untrackTask: Call = {
  operationId: "untrackTask",
  tag: "Tasks",
  summary: "Stop tracking a task",
  description:
    "The task causes no more events, even if the sweep finds it again. Its labels are removed. Its timeline remains " +
    "until the record expires. A repeated call answers 404. It also ends tasks " +
    "of connections and regions that are no longer configured.",
  scope: "tasks:write",
  parameters: [taskIdParameter],
  successes: [{ status: 204, description: "The task is no longer tracked." }],
  problems: [...unknown, "record-unreadable", ...oneTask],
};

const cancelTask: Call = {
  operationId: "cancelTask",
  tag: "Tasks",
  summary: "Cancel a task",
  description:
    "Asks the provider to cancel the task. A repeated call answers 202 while the task is being canceled, and 409 once " +
    "it has ended. Both responses include the task's current state.",
  scope: "tasks:write",
  parameters: [taskIdParameter],
  successes: [
    {
      status: 202,
      description: "The provider accepted the cancellation.",
      schema: ref("schemas", "Task"),
      examples: { running: { summary: "A task that is still running", value: examples.runningTask } },
    },
  ],
  problems: [...unknown, "not-cancelable", ...oneTask],
};

const getConnections: Call = {
  operationId: "getConnections",
  tag: "Service",
  summary: "Show the connections",
  description:
    "Returns each target with its provider's capabilities and the result of its last sweep, and what is left of " +
    "targets that are no longer configured.",
  scope: "tasks:read",
  parameters: [ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "All targets.",
      schema: ref("schemas", "Connections"),
      examples: { two: { summary: "One healthy target and one that fails", value: examples.connections } },
      headers: ["ETag"],
    },
    unchanged,
  ],
  problems: ["ledger-unavailable"],
};

const getHealth: Call = {
  operationId: "getHealth",
  tag: "Service",
  summary: "Check the health of the service",
  description: "Reads the ledger and calls no provider.",
  scope: "tasks:read",
  successes: [
    {
      status: 200,
      description:
        "The ledger answers, every target was swept within the last ten minutes, and nothing is left of targets that " +
        "are no longer configured.",
      schema: ref("schemas", "Health"),
      examples: { ok: { summary: "Healthy", value: { status: "ok", unreadableItems: 0 } } },
    },
  ],
  problems: ["unhealthy"],
};

const getOpenApi: Call = {
  operationId: "getOpenApi",
  tag: "Service",
  summary: "Get this document",
  description: "Returns the contract as OpenAPI 3.1.",
  scope: "tasks:read",
  parameters: [ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "An OpenAPI 3.1 document.",
      schema: ref("schemas", "OpenApi"),
      examples: {
        beginning: {
          summary: "The beginning of the document",
          value: { openapi: "3.1.1", info: { title: "image-tasks", version: "1.0.0" }, paths: {} },
        },
      },
      headers: ["ETag"],
    },
    unchanged,
  ],
  problems: [],
};

/** By path and method, over clouds of these names. */
export function callsOver(providers: readonly string[]): Readonly<Record<string, Readonly<Record<string, Call>>>> {
  return {
    "/tasks": { get: listTasks(providers), post: trackTask },
    "/tasks/{id}": { get: getTask, delete: untrackTask },
    "/tasks/{id}/cancel": { post: cancelTask },
    "/connections": { get: getConnections },
    "/health": { get: getHealth },
    "/openapi.json": { get: getOpenApi },
  };
}
