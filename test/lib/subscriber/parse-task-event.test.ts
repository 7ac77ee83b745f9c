import { readFileSync } from "node:fs";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, expectTypeOf, test } from "vitest";
import { transitionToEvent } from "../../../lib/domain/events.ts";
import type { EventKind } from "../../../lib/domain/events.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { parseTaskEvent, TaskEventError } from "../../../lib/subscriber/parse-task-event.ts";
import type { ParsedTaskEvent } from "../../../lib/subscriber/parse-task-event.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { withMember } from "../../fakes/with-member.ts";

const schema = new URL("../../../docs/schemas/task-event.v1.json", import.meta.url);
const fitsSchema = addFormats.default(new Ajv2020({ strict: false })).compile(JSON.parse(readFileSync(schema, "utf8")));

const failure = { code: "OSSReadFailed", message: "The object cannot be read." };
const explanation = {
  cause: "The role may not read the bucket.",
  certainty: "documented",
  remedy: "Let it read the bucket.",
  retry: "after-remedy",
  retryCertainty: "inferred",
};
const operation = {
  status: "failed",
  nativeStatus: "Failed",
  error: failure,
  explanation,
  warning: null,
  related: { disk: "d" },
};
const fullTask = {
  explanation,
  ...sampleTask({
    status: "failed",
    partial: true,
    progress: { percent: 50, succeeded: 1, failed: 1, total: 2 },
    resource: { type: "image", id: "m-1", name: null },
    error: failure,
    operations: [operation as Task["operations"][number]],
    cancelable: false,
    finishedAt: "2026-01-31T13:00:00.000Z",
    labels: { team: "images" },
    truncated: ["operations.related"],
  }),
};

/** The envelope as EventBridge delivers it, as JSON leaves it. */
function envelopeOf(kind: EventKind, task: Task) {
  const { detailType, detail } = transitionToEvent({
    kind,
    task,
    previousStatus: "running",
    sequence: 4,
    generation: 1,
    occurrence: "",
    atMs: Date.parse("2026-01-31T13:00:01.250Z"),
  });
  const envelope = { version: "0", id: "bus-1", "detail-type": detailType, source: "image-tasks", detail };
  return JSON.parse(JSON.stringify(envelope)) as Record<string, unknown>;
}

const envelope = envelopeOf("completed", fullTask);

/** The event with other members, by path. `undefined` removes one. */
function changed(members: Readonly<Record<string, unknown>>) {
  return Object.entries(members).reduce((event, [path, value]) => withMember(event, path, value), envelope);
}

function errorOf(input: unknown): TaskEventError {
  try {
    parseTaskEvent(input);
  } catch (error) {
    if (error instanceof TaskEventError) return error;
    throw error;
  }
  throw new Error("the event was accepted");
}

describe("parseTaskEvent()", () => {
  test("returns what a subscriber acts on, with the whole task", () => {
    expect(parseTaskEvent(envelope)).toEqual({
      kind: "completed",
      id: (envelope["detail"] as { id: string }).id,
      type: "image-tasks.task.completed",
      time: "2026-01-31T13:00:01.250Z",
      sequence: 4,
      previousStatus: "running",
      replay: null,
      unrecognized: {},
      task: fullTask,
    });
  });

  test("reads an object, its JSON, and the detail alone alike", () => {
    const event = parseTaskEvent(envelope);
    expect(parseTaskEvent(JSON.stringify(envelope))).toEqual(event);
    expect(parseTaskEvent(envelope["detail"])).toEqual(event);
  });

  test("names the replay that an event comes from, with the same id", () => {
    const replayed = parseTaskEvent({ ...envelope, "replay-name": "after-the-outage" });
    expect(replayed).toEqual({ ...parseTaskEvent(envelope), replay: "after-the-outage" });
  });

  test.each([
    ["completed", sampleTask({ status: "canceled" })],
    ["vanished", sampleTask({ status: "vanished" })],
    ["stalled", sampleTask({ status: "running" })],
    ["discovered", sampleTask({ status: "unknown", statusReason: "no detail" })],
  ] as const)("tells by its kind that a task is %s", (kind, task) => {
    expect(parseTaskEvent(envelopeOf(kind, task))).toMatchObject({ kind, task });
  });

  test("takes an empty name of a replay for none", () => {
    expect(parseTaskEvent({ ...envelope, "replay-name": "" }).replay).toBeNull();
  });

  test.each([
    ["data.sequence", 1],
    ["data.task.progress.percent", 0],
    ["data.task.progress.percent", 100],
    ["data.task.progress.percent", 12.5],
    ["data.task.progress.failed", 0],
    ["data.task.missingSince", "2026-01-31T13:00:00Z"],
    ["data.task.finishedAt", "2026-01-31T13:00:00.123456Z"],
    ["data.task.finishedAt", "2026-01-31T21:15:00+08:15"],
    ["data.task.finishedAt", "2026-01-31T08:30:00.5-04:30"],
  ])("keeps %s as %j, as the schema does", (path, value) => {
    const event = changed({ [`detail.${path}`]: value });
    expect(fitsSchema(event["detail"])).toBe(true);
    const { sequence, task } = parseTaskEvent(event);
    expect({ data: { sequence, task } }).toHaveProperty(path, value);
  });

  test("reads an event that was recorded before members were added", () => {
    const added = ["statusReason", "missingSince", "truncated", "explanation"];
    const old = changed(Object.fromEntries(added.map((name) => [`detail.data.task.${name}`, undefined])));
    expect(fitsSchema(old["detail"])).toBe(true);
    expect(parseTaskEvent(old).task).toEqual({ ...fullTask, truncated: [], explanation: null });
  });

  test("its kinds narrow the type of the task", () => {
    const statusOf = (event: ParsedTaskEvent) => {
      switch (event.kind) {
        case "completed":
          expectTypeOf(event.task.status).toEqualTypeOf<"succeeded" | "failed" | "canceled" | "unknown">();
          return event.task.status;
        case "vanished":
          expectTypeOf(event.task.status).toEqualTypeOf<"vanished">();
          return event.task.status;
        default:
          expectTypeOf(event.task).toExtend<Task>();
          return "open";
      }
    };
    expect(statusOf(parseTaskEvent(envelope))).toBe("failed");
  });
});

describe("parseTaskEvent(), with an event of a later version", () => {
  test("leaves out members that it does not know", () => {
    const later = changed({
      ttl: 4,
      "detail.traceparent": "00-1",
      "detail.data.more": {},
      "detail.data.task.owner": { name: "x" },
      "detail.data.task.progress.bytes": 4,
      "detail.data.task.operations.0.startedAt": null,
    });
    expect(parseTaskEvent(later)).toEqual(parseTaskEvent(envelope));
  });

  test("reads an unknown status as unknown, and says which word it was", () => {
    const later = changed({ "detail.data.task.status": "expired", "detail.data.previousStatus": "archiving" });
    const event = parseTaskEvent(later);
    expect([event.kind, event.task.status, event.task.done, event.previousStatus]).toEqual([
      "completed",
      "unknown",
      true,
      "unknown",
    ]);
    expect(event.unrecognized).toEqual({
      "detail.data.task.status": "expired",
      "detail.data.previousStatus": "archiving",
    });
  });

  test("reads an unknown action, resource, provider, or status of an operation", () => {
    const later = changed({
      "detail.data.task.action": "copy-image",
      "detail.data.task.resource.type": "snapshot",
      "detail.data.task.provider": "fifth-cloud",
      "detail.data.task.operations.0.status": "skipped",
    });
    const { task, unrecognized } = parseTaskEvent(later);
    expect([task.action, task.resource?.type, task.provider]).toEqual(["other", "other", "fifth-cloud"]);
    expect(task.operations[0]?.status).toBe("unknown");
    expect(Object.values(unrecognized).toSorted()).toEqual(["copy-image", "skipped", "snapshot"]);
  });

  test("reads unknown advice as unknown, and an unknown certainty as the lowest", () => {
    const later = changed({
      "detail.data.task.explanation.retry": "after-payment",
      "detail.data.task.explanation.certainty": "proven",
      "detail.data.task.operations.0.explanation.retryCertainty": "proven",
    });
    const { task, unrecognized } = parseTaskEvent(later);
    expect(task.explanation).toEqual({ ...explanation, retry: "unknown", certainty: "inferred" });
    expect(task.operations[0]?.explanation).toEqual(explanation);
    expect(Object.values(unrecognized).toSorted()).toEqual(["after-payment", "proven", "proven"]);
  });

  test("reads an unknown type as another kind, with its task", () => {
    const later = changed({ "detail-type": "Image Task Paused", "detail.type": "image-tasks.task.paused" });
    expect(parseTaskEvent(later)).toMatchObject({ kind: "other", type: "image-tasks.task.paused", task: fullTask });
  });
});

/** Each is refused by the schema as well. */
const broken: readonly [string, string, unknown, string][] = [
  ["a missing id", "id", undefined, "is missing: it must be a text"],
  ["a short id", "id", "short", "is not 32 hexadecimal digits"],
  ["another specversion", "specversion", "0.3", 'is not the text "1.0"'],
  ["an id with a letter more", "id", "0123456789abcdef0123456789abcdefa", "is not 32 hexadecimal digits"],
  ["an id after a blank", "id", " 0123456789abcdef0123456789abcdef", "is not 32 hexadecimal digits"],
  ["a time of six-digit years", "time", "+002026-01-31T13:00:00Z", "is not a time as in RFC 3339"],
  ["a time before a comment", "time", "2026-01-31T13:00:00Z (UTC)", "is not a time as in RFC 3339"],
  ["a time without a zone", "time", "2026-01-31 13:00", "is not a time as in RFC 3339"],
  ["no data", "data", undefined, "is missing: it must be an object"],
  ["sequence 0", "data.sequence", 0, "is not a whole number from 1"],
  ["a fraction", "data.sequence", 1.5, "is not a whole number from 1"],
  ["no task", "data.task", null, "is not an object"],
  ["no status", "data.task.status", undefined, "is missing: it must be a text"],
  ["a numeric status", "data.task.status", 1, "is not a text"],
  [
    "an open task that completed",
    "data.task.done",
    false,
    "is not true, although the event says that the task has ended",
  ],
  ["a running task that completed", "data.task.status", "running", "is not the status of a task that has ended"],
  [
    "an unknown outcome in this version's word",
    "data.task.status",
    "unknown",
    "is not the status of a task that has ended",
  ],
  ["a text for a percentage", "data.task.progress.percent", "50", "is not a number from 0 to 100"],
  ["a negative percentage", "data.task.progress.percent", -1, "is not a number from 0 to 100"],
  ["101 percent", "data.task.progress.percent", 101, "is not a number from 0 to 100"],
  ["a text for a count", "data.task.progress.failed", "1", "is not a whole number from 0"],
  ["a negative count", "data.task.progress.failed", -1, "is not a whole number from 0"],
  ["an error without a message", "data.task.error.message", undefined, "is missing: it must be a text"],
  ["a numeric label", "data.task.labels.build", 7, "is not a text"],
  ["no labels", "data.task.labels", undefined, "is missing: it must be an object"],
  ["an object of operations", "data.task.operations", {}, "is not a list"],
  ["an operation without a status", "data.task.operations.0.status", undefined, "is missing: it must be a text"],
  ["a text in place of a flag", "data.task.partial", "true", "is not true or false"],
];

describe("parseTaskEvent(), with a broken event", () => {
  test.each(broken)("refuses %s, as the schema does, and names the field", (_what, path, value, problem) => {
    const event = changed({ [`detail.${path}`]: value });
    expect(fitsSchema(event["detail"])).toBe(false);
    const error = errorOf(event);
    const field = `detail.${path.replace(".0.", "[0].")}`;
    expect(error).toMatchObject({ code: "invalid-member", name: "TaskEventError", field, problem });
    expect(error.message).toBe(`${field} ${problem}. ${error.remedy}`);
    expect(error.remedy).toContain("Pass it on as EventBridge delivers it");
  });

  test.each([
    ["vanished", "failed", "detail.data.task.status", 'is not the text "vanished"'],
    ["stalled", "failed", "detail.data.task.done", "is not false, although the event says that the task is open"],
    ["vanished", "running", "detail.data.task.done", "is not true, although the event says that the task has ended"],
  ] as const)(
    "refuses a task that is told to have %s and is %s, as the schema does",
    (kind, status, field, problem) => {
      const event = envelopeOf(kind, sampleTask({ status }));
      expect(fitsSchema(event["detail"])).toBe(false);
      expect(errorOf(event)).toMatchObject({ field, problem });
    },
  );

  test("refuses every event without one of its required members, as the schema does", () => {
    const { required, $defs } = JSON.parse(readFileSync(schema, "utf8"));
    const paths = [
      // The type says nothing that this version needs.
      ...required.filter((name: string) => name !== "subject" && name !== "datacontenttype"),
      ...$defs.task.required.map((name: string) => `data.task.${name}`),
    ];
    const accepted = paths.filter((path) => {
      const event = changed({ [`detail.${path}`]: undefined });
      if (fitsSchema(event["detail"])) throw new Error(`the schema accepts an event without ${path}`);
      return errorOf(event).field !== `detail.${path}`;
    });
    expect(accepted).toEqual([]);
    expect(paths.length).toBeGreaterThan(25);
  });

  test.each([
    ["not-json", '{"detail":', "The input is not valid JSON. Pass one whole event"],
    ["not-an-event", undefined, "The input is not an event. Pass the event as EventBridge delivers it"],
    ["not-an-event", "[]", "The input is not an event"],
    ["not-an-event", { text: "edge:global:21 failed" }, "The input is not an event"],
    [
      "not-an-event",
      { Records: [{ body: "{}" }] },
      "The input is a batch of records. Call parseTaskEvent once for each",
    ],
    [
      "other-source",
      { source: "aws.ec2", detail: {} },
      'source is not "image-tasks". The event comes from somebody else',
    ],
    [
      "other-source",
      changed({ "detail.source": "others" }),
      'detail.source is not "image-tasks". The event comes from somebody else. Add "source": ["image-tasks"] to the pattern',
    ],
    [
      "other-version",
      changed({ "detail.dataschema": "urn:image-tasks:schema:task-event:v2" }),
      'detail.dataschema is not "urn:image-tasks:schema:task-event:v1". The event has another version',
    ],
    ["invalid-member", { source: "image-tasks", detail: "text" }, "detail is not an object"],
  ])("answers %s, with the remedy, for input number %#", (code, input, message) => {
    const error = errorOf(input);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  test("does not repeat a value in an error", () => {
    const event = changed({ "detail.data.task.error.code": { secret: "s3cret" } });
    expect(errorOf(event).message).not.toContain("s3cret");
  });
});

test("what the product makes for each kind is accepted by the schema and the reader alike", () => {
  const statuses = ["running", "succeeded", "failed", "canceled", "vanished", "unknown"] as const;
  const kinds = ["completed", "vanished", "stalled", "discovered"] as const;
  const verdicts = kinds.flatMap((kind) =>
    statuses.map((status) => {
      const event = envelopeOf(kind, sampleTask({ status }));
      const fits = fitsSchema(event["detail"]);
      const reads = (() => {
        try {
          return parseTaskEvent(event).kind === kind;
        } catch {
          return false;
        }
      })();
      return { kind, status, fits, reads };
    }),
  );
  expect(verdicts.filter(({ fits, reads }) => fits !== reads)).toEqual([]);
  expect(verdicts.filter(({ fits }) => fits).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
    "completed succeeded",
    "completed failed",
    "completed canceled",
    "vanished vanished",
    "stalled running",
    "stalled unknown",
    "discovered running",
    "discovered unknown",
  ]);
});
