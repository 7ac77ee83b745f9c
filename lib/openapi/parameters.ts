import { ListTasksParameters, listTasksParameters } from "../list/query.ts";
import { schemaOf } from "./json-schemas.ts";
import type { Json, JsonObject } from "./json.ts";

/** Parameters as the document shows them, out of what checks them. */

type ListName = keyof typeof ListTasksParameters.shape;

const listDescriptions = {
  connection: "Only tasks of these connections.",
  provider: "Only tasks of these providers.",
  region: "Only tasks in these regions.",
  status: "Only tasks in these statuses.",
  action: "Only tasks with these actions.",
  resourceId: "Only tasks on these images, disks or instances.",
  nativeId: "Only tasks with these ids of the provider; needs exactly one `connection`.",
  nativeStatus: "Only tasks with the provider's own word for the status, such as `Processing`.",
  nativeAction: "Only tasks with the provider's own word for the action, such as `ImportImage`.",
  imageName: "Only tasks on the image with this name.",
  createdAfter: "Only tasks created at this time or later; the whole minute counts.",
  createdBefore: "Only tasks created at this time or earlier.",
  limit: "How many tasks a page may have.",
  cursor: "`nextCursor` of the page before, with the same filters.",
  source:
    "`live` asks the providers. `ledger` shows what the sweep recorded, makes no provider call, and says its `Age`.",
  pendingEvent: "Only tasks with an event that the bus has not taken yet; always from the ledger.",
  stalled: "Only tasks that have not moved for long; always from the ledger.",
} as const satisfies Record<ListName, string>;

const listExamples: Partial<Record<ListName, Json>> = {
  connection: ["aliyun"],
  provider: ["alibaba-ecs"],
  region: ["cn-hangzhou"],
  status: ["failed", "vanished"],
  action: ["import-image"],
  createdAfter: "2026-01-31T12:00:00Z",
  createdBefore: "2026-02-01T12:00:00Z",
};

/** A query holds text; what the text must be the number of is shown as a number. */
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
    // One value a name, however often the name is given.
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
  description: "`<connection>:<region>:<nativeId>`",
  schema: { type: "string", pattern: "^[^:]+:[^:]+:.+$" },
  example: "aliyun:cn-hangzhou:t-bp1c2d3e4f5a6b7c8d9e",
};

export const waitParameter: JsonObject = {
  name: "wait",
  in: "query",
  description:
    "Seconds to wait for the task to be done. It is answered at once when it is, and as it is after that time.",
  schema: { type: "integer", minimum: 1, maximum: 25 },
  example: 25,
};

export const ifNoneMatchParameter: JsonObject = {
  name: "If-None-Match",
  in: "header",
  description: "`ETag` of an earlier answer: 304 and no body when nothing has changed.",
  schema: { type: "string" },
  example: '"3q2-7wAbCdEfGhIjKlMnOpQrStU"',
};
