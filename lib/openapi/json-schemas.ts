import * as z from "zod/mini";
import { isJsonObject, toJson } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";

/** JSON Schema 2020-12 generated from the schemas that validate in the code. */

export function ref(section: "schemas" | "responses" | "headers" | "parameters", name: string): JsonObject {
  return { $ref: `#/components/${section}/${name}` };
}

/** One self-contained schema, without references. */
export function schemaOf(schema: z.core.$ZodType): JsonObject {
  const made = tidy(toJson(z.toJSONSchema(schema)));
  if (!isJsonObject(made)) throw new TypeError("a schema is an object");
  return made;
}

/** Removes keywords that only zod needs, and shortens "or null" to a type array. */
export function tidy(value: Json): Json {
  if (Array.isArray(value)) return value.map(tidy);
  if (!isJsonObject(value)) return value;
  const { anyOf, ...rest } = Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !isNoise(name, member))
      .map(([name, member]) => [name, name === "pattern" ? shortPattern(value, member) : tidy(member)]),
  );
  if (anyOf === undefined) return rest;
  return { ...(nullable(anyOf) ?? { anyOf }), ...rest };
}

function isNoise(name: string, member: Json): boolean {
  if (name === "$schema" || name === "$id") return true;
  if (name === "maximum") return member === Number.MAX_SAFE_INTEGER;
  if (name === "propertyNames") return JSON.stringify(member) === '{"type":"string"}';
  return false;
}

/** Reduces a time's pattern to the time zone, because `format` covers everything else. */
function shortPattern({ format }: JsonObject, pattern: Json): Json {
  if (format !== "date-time" || typeof pattern !== "string") return pattern;
  return pattern.includes("[+-]") ? "(Z|[+-]\\d\\d:\\d\\d)$" : "Z$";
}

function nullable(anyOf: Json): JsonObject | undefined {
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return undefined;
  const [one, other]: readonly (Json | undefined)[] = anyOf;
  if (!isJsonObject(one) || !isJsonObject(other) || other["type"] !== "null") return undefined;
  if (typeof one["type"] !== "string" || one["type"] === "object") return undefined;
  if ("enum" in one || "const" in one) return undefined;
  return { ...one, type: [one["type"], "null"] };
}
