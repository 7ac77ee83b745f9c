import { ListTasksParameters, listTasksParameters } from "../list/query.ts";
import { schemaOf } from "./json-schemas.ts";
import type { Json, JsonObject } from "./json.ts";

/** The document's parameters, generated from the schemas that validate them. */

type ListName = keyof typeof ListTasksParameters.shape;

const listDescriptions = {
  connection: "Only tasks of these connections.",
  provider: "Only tasks of these providers.",
  region: "Only tasks in these regions.",
  status: "Only tasks in these statuses. No provider reports `vanished`: alone, it always reads the ledger.",
  action: "Only tasks with these actions.",
  resourceId: "Only tasks on these images, disks, or instances.",
  nativeId:
    "Only tasks with these provider ids. Requires exactly one `connection`. Each provider has its own form for ids, and " +
    "its own length within this one. A 400 describes it.",
  nativeStatus:
    "Only tasks with this native status, which is the provider's own word, such as `Processing`. Case and underscores " +
    "are ignored.",
  nativeAction:
    "Only tasks with this native action, which is the provider's own word, such as `ImportImage`. Case and underscores " +
    "are ignored: `IMPORT_IMAGE` is the same word.",
  imageName: "Only tasks on the image with this name.",
  label:
    "Only tasks with this label, as `<name>=<value>`. If repeated, only tasks with all of these labels. Always reads the " +
    "ledger, which alone knows labels.",
  createdAfter: "Only tasks created at this time or later. The time is rounded down to the minute.",
  createdBefore: "Only tasks created at this time or earlier.",
  limit: "The maximum number of tasks per page.",
  cursor: "The `nextCursor` of the previous page. Requires the same filters.",
  source: "`live` asks the providers. `ledger` returns what the sweep recorded, with its `Age`, and calls no provider.",
  pendingEvent: "Only tasks with an event that the bus has not accepted yet. Always reads the ledger.",
  stalled: "Only stalled tasks. Always reads the ledger.",
} as const satisfies Record<ListName, string>;

const listExamples: Partial<Record<ListName, Json>> = {
  connection: ["aliyun"],
  provider: ["alibaba-ecs"],
  region: ["cn-hangzhou"],
  status: ["failed", "vanished"],
  action: ["import-image"],
  label: ["build=1742"],
  createdAfter: "2026-01-31T12:00:00Z",
  createdBefore: "2026-02-01T12:00:00Z",
};

/** Query values are text. These are validated as numbers and shown as such. */
const numbers: Partial<Record<ListName, JsonObject>> = {
  limit: { type: "integer", minimum: 1, maximum: 100, default: 50 },
};

function listParameter(name: ListName, { shape }: typeof ListTasksParameters): JsonObject {
  const schema = numbers[name] ?? schemaOf(shape[name]);
  const example = listExamples[name];
  return {
    name,
    in: "query",
    description: listDescriptions[name],
    schema,
    // The name is repeated once per value.
    ...(schema["type"] === "array" && { style: "form", explode: true }),
    ...(example !== undefined && { example }),
  };
}

function isListName(name: string): name is ListName {
  return name in ListTasksParameters.shape;
}

export function listParameters(providers: readonly string[]): JsonObject[] {
  const parameters = listTasksParameters(providers);
  return Object.keys(listDescriptions)
    .filter(isListName)
    .map((name) => listParameter(name, parameters));
}

export const taskIdParameter: JsonObject = {
  name: "id",
  in: "path",
  required: true,
  description:
    "`<connection>:<region>:<nativeId>`, whose `nativeId` has at most 200 characters. An id with characters other than `A-Z a-z 0-9 _ . : -` may not survive every " +
    "gateway. Spell it `~` followed by its base64url without padding, as `Location` does.",
  schema: { type: "string", pattern: "^(~[A-Za-z0-9_-]+|[^:]+:[^:]+:.+)$" },
  example: "aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e",
};

export const waitParameter: JsonObject = {
  name: "wait",
  in: "query",
  description:
    "The maximum number of seconds to wait for the task to be done. The response comes as soon as the task is done, or " +
    "after this time with the task's current state.",
  schema: { type: "integer", minimum: 1, maximum: 25 },
  example: 25,
};

export const ifNoneMatchParameter: JsonObject = {
  name: "If-None-Match",
  in: "header",
  description: "The `ETag` of an earlier response. Answers 304 without a body when nothing has changed.",
  schema: { type: "string" },
  example: 'W/"3q2-7wAbCdEfGhIjKlMnOpQrStU"',
};
