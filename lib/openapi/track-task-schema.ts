import * as z from "zod/mini";
import { TrackTaskBody } from "../http/track-task.ts";
import { tidy } from "./json-schemas.ts";
import { isJsonObject, toJson } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";

const descriptions = {
  connection: "The name of a configured connection.",
  region: "Optional when the connection has exactly one region.",
  nativeId:
    "The provider's own id of the task. Each provider has its own form for ids, and its own length within this one. A " +
    "422 describes it.",
  labels: "Replace the task's labels, which are sent in its events. At most 20. Absent: the labels stay.",
} as const satisfies Record<keyof TrackTaskBody, string>;

/** The body of `POST /tasks`, generated from the schema that validates it. */
export function trackTaskSchema(): JsonObject {
  const made = tidy(toJson(z.toJSONSchema(TrackTaskBody)));
  const properties = isJsonObject(made) ? made["properties"] : undefined;
  if (!isJsonObject(made) || !isJsonObject(properties)) throw new TypeError("the body is an object");
  const described = Object.entries(descriptions).map(([name, description]) => [
    name,
    { ...objectOf(properties, name), description, ...(name === "labels" && { maxProperties: 20 }) },
  ]);
  return { ...made, description: "The task to track.", properties: Object.fromEntries(described) };
}

function objectOf(properties: JsonObject, name: string): JsonObject {
  const schema: Json | undefined = properties[name];
  return isJsonObject(schema) ? schema : {};
}
