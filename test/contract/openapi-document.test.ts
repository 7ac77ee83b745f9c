import { readFileSync } from "node:fs";
import formats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { problemTypes, problemUrn } from "../../lib/http/problem.ts";
import { routes } from "../../lib/http/routes.ts";
import { failedTask } from "../../lib/openapi/examples.ts";
import { isJsonObject } from "../../lib/openapi/json.ts";
import type { Json, JsonObject } from "../../lib/openapi/json.ts";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { explain } from "../fakes/explain.ts";
import { sampleTask } from "../fakes/sample-task.ts";

const document = openApiDocument();

const Failure = z.object({ code: z.string(), message: z.string() });
const Example = z.object({
  explanation: z.unknown(),
  error: Failure,
  operations: z.array(
    z.looseObject({
      status: z.enum(["succeeded", "failed"]),
      nativeStatus: z.string(),
      error: z.nullable(Failure),
      warning: z.null(),
      related: z.record(z.string(), z.string()),
    }),
  ),
});

function at(value: Json | undefined, ...names: readonly string[]): JsonObject {
  let found: Json | undefined = value;
  for (const name of names) found = isJsonObject(found) ? found[name] : undefined;
  if (!isJsonObject(found)) throw new Error(`there is no ${names.join("/")}`);
  return found;
}

/** Every object in the document with the path to it. */
function* objectsIn(value: Json | undefined, path = "#"): Generator<readonly [string, JsonObject]> {
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) yield* objectsIn(one, `${path}/${index}`);
  }
  if (!isJsonObject(value)) return;
  yield [path, value];
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, `${path}/${name.replaceAll("/", "~1")}`);
}

const operations = Object.entries(at(document, "paths")).flatMap(([path, item]) =>
  Object.entries(at(item)).map(([method, operation]) => ({ path, method, operation: at(operation) })),
);

describe("openApiDocument()", () => {
  test("lists exactly the routes of the service", () => {
    const documented = Object.entries(at(document, "paths")).map(([path, item]) => [
      path,
      Object.keys(at(item))
        .map((method) => method.toUpperCase())
        .toSorted(),
    ]);
    const served = Object.entries(routes).map(([path, methods]) => [path, methods.toSorted()]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(served));
  });

  test("gives every operation a unique id, a description, a security requirement, and described parameters", () => {
    const names = operations.map(({ operation }) => operation["operationId"]);
    expect(new Set(names).size).toBe(operations.length);
    for (const { operation } of operations) {
      expect(operation["summary"]).toEqual(expect.any(String));
      expect(operation["security"]).toHaveLength(2);
      for (const parameter of (operation["parameters"] ?? []) as readonly Json[]) {
        expect(at(parameter)["description"]).toEqual(expect.stringMatching(/\.$|`$/));
      }
    }
  });

  test("has an example for every response with a body and for every problem type", () => {
    const withContent = [...objectsIn(document)].filter(([path]) => /\/content\/[^/]+$/.test(path));
    expect(withContent.length).toBeGreaterThan(25);
    expect(withContent.filter(([, media]) => !("examples" in media)).map(([path]) => path)).toEqual([]);
    const shown = withContent.flatMap(([, media]) => Object.values(at(media, "examples")));
    const types = new Set(
      shown.map((example) => at(example)["value"]).map((value) => (isJsonObject(value) ? value["type"] : null)),
    );
    const known = Object.keys(problemTypes) as (keyof typeof problemTypes)[];
    expect(known.filter((type) => !types.has(problemUrn(type)))).toEqual([]);
  });

  test("has examples with the explanations that their clouds' tables give", () => {
    const { explanation, ...failed } = Example.parse(failedTask);
    const { explanation: expected, operations: parts } = explain(sampleTask({ ...failed, status: "failed" }));
    expect(expected).not.toBeNull();
    expect([explanation, failed.operations]).toEqual([expected, parts]);
  });

  test("has examples that are valid against their schemas", () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    ajv.addSchema({ ...document, $id: "contract" });
    const wrong = [...objectsIn(document)].flatMap(([path, media]) => {
      if (!("examples" in media) || !("schema" in media)) return [];
      const validate = ajv.compile({ $ref: `contract${encodeURI(path)}/schema` });
      return Object.entries(at(media, "examples"))
        .filter(([, example]) => !validate(at(example)["value"]))
        .map(([name]) => `${path} ${name} ${ajv.errorsText(validate.errors)}`);
    });
    expect(wrong).toEqual([]);
  });

  test("has valid JSON Schema 2020-12 schemas without unknown keywords", () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false });
    formats.default(ajv);
    ajv.addVocabulary(["discriminator", "example"]);
    const schemas = Object.fromEntries(
      Object.entries(at(document, "components", "schemas")).map(([name, schema]) => [
        name,
        JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", "")),
      ]),
    );
    for (const [name, schema] of Object.entries(schemas)) ajv.addSchema({ ...schema, $id: name });
    for (const name of Object.keys(schemas)) expect(() => ajv.getSchema(name)).not.toThrow();
  });

  test("lists for every error response only the problem types of its status", () => {
    for (const [name, response] of Object.entries(at(document, "components", "responses"))) {
      const problems = at(response, "content")["application/problem+json"];
      if (problems === undefined) continue;
      const statuses = Object.values(at(problems, "examples")).map((example) => at(example, "value")["status"]);
      expect([name, new Set(statuses).size]).toEqual([name, 1]);
    }
  });
});

describe("the contract's Task", () => {
  /** The schema without descriptions and examples, with references resolved. */
  function bare(schema: Json | undefined, root: JsonObject): Json | undefined {
    if (Array.isArray(schema)) return schema.map((one) => bare(one, root) ?? null);
    if (!isJsonObject(schema)) return schema;
    const target = schema["$ref"];
    if (typeof target === "string") return bare(at(root, ...target.slice(2).split("/")), root);
    const { description: _description, pattern: _pattern, ...rest } = schema;
    const kept = Object.entries(rest).map(([name, member]) => [
      name,
      name === "required" ? sorted(member) : (bare(member, root) ?? null),
    ]);
    const made: JsonObject = Object.fromEntries(kept);
    if ("enum" in made) return { enum: made["enum"] ?? null };
    if (Array.isArray(made["anyOf"]))
      return { anyOf: made["anyOf"].toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
    return made;
  }
  function sorted(value: Json): Json {
    return Array.isArray(value) ? value.toSorted() : value;
  }

  test("is the same schema as the task in events", () => {
    const events: JsonObject = JSON.parse(
      readFileSync(new URL("../../docs/schemas/task-event.v1.json", import.meta.url), "utf8"),
    );
    const inAnswers = bare(at(document, "components", "schemas", "Task"), document);
    const inEvents = at(events, "$defs", "task");
    // An event that an earlier version recorded is sent as it is, so an event may lack the members added since.
    const added = ["statusReason", "missingSince", "truncated", "explanation"];
    const required = [...z.array(z.string()).parse(inEvents["required"]), ...added];
    const { properties, ...rest } = inEvents;
    const items = at(properties, "operations", "items");
    const operation = { ...items, required: [...z.array(z.string()).parse(items["required"]), "explanation"] };
    const operations = { ...at(properties, "operations"), items: operation };
    expect(inAnswers).toEqual(bare({ ...rest, properties: { ...at(properties), operations }, required }, events));
  });
});
