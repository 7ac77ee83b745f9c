import * as z from "zod/mini";
import { answerSchemas } from "./answer-schemas.ts";
import { tidy } from "./json-schemas.ts";
import { toJson } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { problemSchemas } from "./problem-schemas.ts";
import { ProviderName } from "./provider-name.ts";
import { taskSchemas } from "./task-schemas.ts";
import { trackTaskSchema } from "./track-task-schema.ts";

/** The schemas of all responses and request bodies, by name. `providers` are the names a task's provider may have. */
export function componentSchemas(providers: readonly string[]): JsonObject {
  const named = z.registry<{ id: string }>();
  const all = { ...taskSchemas, ...answerSchemas, ...problemSchemas };
  for (const [id, schema] of Object.entries(all)) named.add(schema, { id });
  const { schemas } = z.toJSONSchema(named, {
    uri: (id) => `#/components/schemas/${id}`,
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === ProviderName) jsonSchema.enum = [...providers];
    },
  });
  const made = Object.keys(all).map((name) => [name, tidy(toJson(schemas[name]))] as const);
  return { ...Object.fromEntries(made), TrackTaskBody: trackTaskSchema() };
}
