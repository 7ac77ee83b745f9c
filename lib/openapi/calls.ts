import * as examples from "./examples.ts";
import { ref } from "./json-schemas.ts";
import type { Call } from "./operation.ts";
import { ifNoneMatchParameter, listParameters, taskIdParameter, waitParameter } from "./parameters.ts";

/** What can be asked, one after the other. */

const unchanged = { status: 304, description: "Nothing has changed since that `ETag`.", headers: ["ETag"] } as const;
const oneProvider = ["provider-failed", "provider-unauthorized", "provider-throttled", "provider-unavailable"] as const;
/** A path whose id is empty is no path of this service. */
const unknown = ["unknown-task", "unknown-route"] as const;

const listTasks = (providers: readonly string[]): Call => ({
  operationId: "listTasks",
  tag: "Tasks",
  summary: "List tasks",
  description:
    "One page of the tasks of every target that the filters name. Filters that are arrays may be repeated; any of " +
    "their values may match. A target that does not answer is an entry in `errors` and hides no other.",
  scope: "tasks:read",
  parameters: [...listParameters(providers), ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "A page. `errors` says what is missing from it.",
      schema: ref("schemas", "TaskList"),
      examples: {
        failed: { summary: "The first page of failed tasks", value: examples.firstPage },
        partial: { summary: "One of two clouds throttles", value: examples.partialPage },
      },
      headers: ["ETag", "Link", "Age"],
    },
    { ...unchanged, headers: ["ETag", "Link", "Age"] },
  ],
  problems: ["provider-failed"],
});

const trackTask: Call = {
  operationId: "trackTask",
  tag: "Tasks",
  summary: "Follow a task",
  description:
    "Follows a task that the sweep cannot find by itself, and keeps labels with it. Asked again it answers 200 and " +
    "changes nothing, so that a lost answer can be asked for again.",
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
      description: "It is followed from now on.",
      schema: ref("schemas", "Task"),
      examples: { running: { summary: "It is running", value: examples.runningTask } },
      headers: ["Location"],
    },
    {
      status: 200,
      description: "It was followed already.",
      schema: ref("schemas", "Task"),
      examples: { failed: { summary: "It has ended", value: examples.failedTask } },
      headers: ["Location"],
    },
  ],
  problems: [
    "invalid-json",
    "unknown-task",
    "body-too-large",
    "unsupported-media-type",
    "invalid-body",
    ...oneProvider,
  ],
};

const getTask: Call = {
  operationId: "getTask",
  tag: "Tasks",
  summary: "Get a task",
  description:
    "The task with all the detail there is, and its history. With `wait` it answers as soon as the task is done; " +
    "`Retry-After` on a task that is not done says when it is worth asking again.",
  scope: "tasks:read",
  parameters: [taskIdParameter, waitParameter, ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "The task as it is now.",
      schema: ref("schemas", "TaskDetail"),
      examples: {
        running: { summary: "It is running", value: examples.runningDetail },
        failed: { summary: "It failed in part", value: examples.failedDetail },
      },
      headers: ["ETag", "RetryAfter", "TaskStatus"],
    },
    { ...unchanged, headers: ["ETag", "RetryAfter", "TaskStatus"] },
  ],
  problems: [...unknown, ...oneProvider],
};

const untrackTask: Call = {
  operationId: "untrackTask",
  tag: "Tasks",
  summary: "Stop following a task",
  description: "Its changes make no event from now on, also when the sweep finds it again. Asked again it answers 204.",
  scope: "tasks:write",
  parameters: [taskIdParameter],
  successes: [{ status: 204, description: "It is not followed any more." }],
  problems: unknown,
};

const cancelTask: Call = {
  operationId: "cancelTask",
  tag: "Tasks",
  summary: "Cancel a task",
  description:
    "Asks the provider to cancel the task. Asked again it answers 202 while the task is canceling and 409 when it has " +
    "ended, each with the task's present state.",
  scope: "tasks:write",
  parameters: [taskIdParameter],
  successes: [
    {
      status: 202,
      description: "The provider has accepted.",
      schema: ref("schemas", "Task"),
      examples: { running: { summary: "It is still running", value: examples.runningTask } },
    },
  ],
  problems: [...unknown, "not-cancelable", ...oneProvider],
};

const getConnections: Call = {
  operationId: "getConnections",
  tag: "Service",
  summary: "Show the connections",
  description: "Each target, what its provider can do, and how its last sweep went.",
  scope: "tasks:read",
  parameters: [ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "Every target.",
      schema: ref("schemas", "Connections"),
      examples: { two: { summary: "One is swept, one fails", value: examples.connections } },
      headers: ["ETag"],
    },
    unchanged,
  ],
  problems: [],
};

const getHealth: Call = {
  operationId: "getHealth",
  tag: "Service",
  summary: "Ask whether all is well",
  description: "Asks the ledger once and no provider.",
  scope: "tasks:read",
  successes: [
    {
      status: 200,
      description: "The ledger answers and every target was swept within ten minutes.",
      schema: ref("schemas", "Health"),
      examples: { ok: { summary: "All is well", value: { status: "ok" } } },
    },
  ],
  problems: ["unhealthy"],
};

const getOpenApi: Call = {
  operationId: "getOpenApi",
  tag: "Service",
  summary: "Get this document",
  description: "The contract as OpenAPI 3.1.",
  scope: "tasks:read",
  parameters: [ifNoneMatchParameter],
  successes: [
    {
      status: 200,
      description: "An OpenAPI 3.1 document.",
      schema: ref("schemas", "OpenApi"),
      examples: {
        beginning: {
          summary: "How it begins",
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
