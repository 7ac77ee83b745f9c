import formats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TrackTaskBody } from "../../lib/http/track-task.ts";
import { parseWait } from "../../lib/http/wait-for-task.ts";
import { ListTasksParameters } from "../../lib/list/query.ts";
import { openApiDocument } from "../../lib/openapi/openapi-document.ts";
import { operationsOf } from "../fuzz-api/document-shape.ts";

const document = openApiDocument();
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema({ ...document, $id: "contract" });
const isBody = ajv.compile({ $ref: "contract#/components/schemas/TrackTaskBody" });

function parametersOf(method: string, path: string) {
  const operation = operationsOf(document).find((one) => one.method === method && one.path === path);
  return new Map((operation?.parameters ?? []).map((parameter) => [parameter.name, parameter.schema]));
}

const text = fc.oneof(fc.string({ maxLength: 70 }), fc.constantFrom("", "aliyun", "a".repeat(64), "a".repeat(257)));
const bodies = fc.record(
  {
    connection: fc.oneof(text, fc.constant(null)),
    region: text,
    nativeId: fc.oneof(text, fc.integer()),
    labels: fc.oneof(fc.dictionary(text, text, { maxKeys: 25 }), fc.constant([])),
    more: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe("the contract's request schemas", () => {
  test("accept and reject the same POST /tasks bodies as the service", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect([isBody(body), body]).toEqual([TrackTaskBody.safeParse(body).success, body]);
      }),
      { numRuns: 500 },
    );
    const labels = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, "x"]));
    const right = { connection: "aliyun", nativeId: "t-1" };
    expect([isBody({ ...right, labels: labels(20) }), isBody({ ...right, labels: labels(21) })]).toEqual([true, false]);
  });

  test("declare the parameters of GET /tasks and of GET /tasks/{id}", () => {
    const named = [...parametersOf("GET", "/tasks").keys()].filter((name) => name !== "If-None-Match");
    expect(named.toSorted()).toEqual(Object.keys(ListTasksParameters.shape).toSorted());
    expect([...parametersOf("GET", "/tasks/{id}").keys()]).toEqual(["id", "wait", "If-None-Match"]);
  });

  test("allow exactly the numbers that the service accepts", () => {
    const limit = ajv.compile(parametersOf("GET", "/tasks").get("limit") ?? false);
    const wait = ajv.compile(parametersOf("GET", "/tasks/{id}").get("wait") ?? false);
    for (let number = -5; number <= 130; number += 1) {
      const takesLimit = ListTasksParameters.safeParse({ limit: String(number) }).success;
      expect([number, limit(number)]).toEqual([number, takesLimit]);
      expect([number, wait(number)]).toEqual([number, takesWait(number)]);
    }
  });
});

function takesWait(seconds: number): boolean {
  try {
    return parseWait(`wait=${seconds}`) === seconds * 1000;
  } catch {
    return false;
  }
}
