import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";

/**
 * The schemas of the EventBridge schema registry, one for each detail type, out of the schema of all events. The
 * registry takes JSON Schema draft 4, which has neither `const` nor `if`.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-eventschemas-schema.html
 */
export interface RegisteredSchema {
  readonly detailType: string;
  readonly path: string;
  /** The file's text as it must be. */
  readonly text: string;
}

const folder = new URL("../docs/schemas/", import.meta.url);
const Members = z.record(z.string(), z.unknown());
const Condition = z.object({ properties: z.object({ type: Members }) });
const EventSchema = z.looseObject({
  properties: z.looseObject({ type: z.object({ enum: z.array(z.string()) }) }),
  allOf: z.array(z.looseObject({ if: Condition })),
  $defs: Members,
});
const Words = z.union([
  z.object({ const: z.string() }).transform((one) => [one.const]),
  z.object({ enum: z.array(z.string()) }).transform((some) => some.enum),
]);

export function registeredSchemas(): RegisteredSchema[] {
  const schema: unknown = JSON.parse(readFileSync(new URL("task-event.v1.json", folder), "utf8"));
  const types = EventSchema.parse(schema).properties.type.enum;
  return types.map((detailType) => ({
    detailType,
    path: fileURLToPath(new URL(`registry/${detailType}.jsonschema`, folder)),
    text: `${JSON.stringify(schemaOf(detailType, EventSchema.parse(schema)), null, 2)}\n`,
  }));
}

function schemaOf(detailType: string, { properties, allOf, $defs, ...rest }: z.infer<typeof EventSchema>): unknown {
  const applying = allOf.filter((rule) => Words.parse(rule.if.properties.type).includes(detailType));
  const { $schema: _, $id: __, ...described } = rest;
  return toDraft4({
    $schema: "http://json-schema.org/draft-04/schema#",
    ...described,
    properties: { ...properties, type: { const: detailType } },
    allOf: applying.map((rule) => rule["then"]),
    definitions: $defs,
  });
}

function toDraft4(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toDraft4);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === "const") return ["enum", [member]];
      if (name === "$ref") return [name, String(member).replace("#/$defs/", "#/definitions/")];
      return [name, toDraft4(member)];
    }),
  );
}
