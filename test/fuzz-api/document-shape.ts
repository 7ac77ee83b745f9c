import { isJsonObject } from "../../lib/openapi/json.ts";
import type { Json, JsonObject } from "../../lib/openapi/json.ts";

/** The operations of an OpenAPI document, limited to what describes requests. */

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonObject;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly takesBody: boolean;
}

export function operationsOf(document: JsonObject): readonly Operation[] {
  return Object.entries(objectAt(document["paths"])).flatMap(([path, item]) =>
    Object.entries(objectAt(item)).map(([method, operation]) => {
      const { parameters = [], requestBody } = objectAt(operation);
      return {
        method: method.toUpperCase(),
        path,
        parameters: Array.isArray(parameters) ? parameters.map(parameterOf) : [],
        takesBody: requestBody !== undefined,
      };
    }),
  );
}

function parameterOf(value: Json): Parameter {
  const { name, in: place, schema } = objectAt(value);
  return { name: String(name), in: String(place), schema: objectAt(schema) };
}

export function objectAt(value: Json | undefined): JsonObject {
  if (!isJsonObject(value)) throw new Error("the document has no object there");
  return value;
}
