import * as z from "zod/mini";
import { answerSchemas } from "./answer-schemas.ts";
import { tidy } from "./json-schemas.ts";
import { toJson } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { problemSchemas } from "./problem-schemas.ts";
import { taskSchemas } from "./task-schemas.ts";
import { trackTaskSchema } from "./track-task-schema.ts";

/** The schemas of all responses and request bodies, by name. */
export function componentSchemas(): JsonObject {
  const named = z.registry<{ id: string }>();
  const all = { ...taskSchemas, ...answerSchemas, ...problemSchemas };
  for (const [id, schema] of Object.entries(all)) named.add(schema, { id });
  const { schemas } = z.toJSONSchema(named, { uri: (id) => `#/components/schemas/${id}` });
  const made = Object.keys(all).map((name) => [name, tidy(toJson(schemas[name]))] as const);
  return { ...Object.fromEntries(made), TrackTaskBody: trackTaskSchema() };
}
