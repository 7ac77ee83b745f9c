import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { transitionToEvent } from "../../lib/domain/events.ts";
import type { EventKind } from "../../lib/domain/events.ts";
import type { TaskStatus } from "../../lib/domain/task.ts";
import { registeredSchemas } from "../../scripts/registered-schemas.ts";
import { sampleTask } from "../fakes/sample-task.ts";

const schemas = registeredSchemas();
const eventSchema = new URL("../../docs/schemas/task-event.v1.json", import.meta.url);

/** The two validators differ: draft 4 has no own one here, but draft 7 reads everything that these schemas use alike. */
const draft7 = addFormats.default(new Ajv({ strict: false, validateSchema: false }));
const acceptsEvent = addFormats
  .default(new Ajv2020({ strict: false }))
  .compile(JSON.parse(readFileSync(eventSchema, "utf8")));

function detailOf(kind: EventKind, status: TaskStatus) {
  const finishedAt = "2026-01-31T13:00:00.000Z";
  const task = sampleTask({ status, finishedAt });
  const { detail } = transitionToEvent({
    kind,
    task,
    previousStatus: "running",
    sequence: 3,
    generation: 1,
    occurrence: "",
    atMs: Date.parse(finishedAt),
  });
  return detail;
}

const kinds = ["completed", "vanished", "stalled", "discovered"] as const;
const details = kinds.flatMap((kind) =>
  (["running", "succeeded", "failed", "vanished"] as const).map((status) => detailOf(kind, status)),
);
const broken = details.flatMap((detail) => [
  { ...detail, id: "short" },
  { ...detail, more: 1 },
  { ...detail, specversion: "0.3" },
  { ...detail, data: { ...detail.data, sequence: 0 } },
  { ...detail, data: { ...detail.data, task: { ...detail.data.task, status: "done" } } },
  { ...detail, data: { ...detail.data, task: { ...detail.data.task, progress: { percent: 101 } } } },
]);

describe("the schemas of the registry", () => {
  test.each(schemas)("$detailType is written down; npm run derive writes it", ({ path, text }) => {
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("are there for each type, and no others", () => {
    const [{ path } = { path: "" }] = schemas;
    const files = readdirSync(dirname(path));
    expect(files.toSorted()).toEqual(schemas.map((one) => basename(one.path)).toSorted());
    expect(schemas.map(({ detailType }) => detailType)).toEqual(kinds.map((kind) => `image-tasks.task.${kind}`));
  });

  test.each(schemas)(
    "$detailType accepts what the schema of all events accepts of this type",
    ({ detailType, text }) => {
      const { $schema: _, ...schema } = JSON.parse(text);
      const accepts = draft7.compile(schema);
      const wanted = [...details, ...broken].map((detail) => acceptsEvent(detail) && detail.type === detailType);
      expect([...details, ...broken].map((detail) => accepts(detail))).toEqual(wanted);
      expect(wanted).toContain(true);
    },
  );

  test.each(schemas)("$detailType has only words of JSON Schema draft 4", ({ text }) => {
    expect(text).toContain('"$schema": "http://json-schema.org/draft-04/schema#"');
    expect(text).not.toMatch(/"(const|if|then|else|\$defs|\$id|examples|contains|propertyNames)":|#\/\$defs/);
    // AWS refuses longer ones: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    expect(text.length).toBeLessThan(100_000);
  });
});
