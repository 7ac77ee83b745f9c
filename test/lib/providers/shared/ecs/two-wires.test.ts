import fc from "fast-check";
import { expect, test } from "vitest";
import type { NativeTask, Rows } from "../../../../../lib/domain/provider.ts";
import { normalizeTaskAttribute, normalizeTaskList } from "../../../../../lib/providers/alibaba-ecs/normalize.ts";
import { openEnvelope } from "../../../../../lib/providers/apsara-route/envelope.ts";
import { normalizePage } from "../../../../../lib/providers/apsara-route/normalize.ts";

/** The same payloads on both wires: everything that is not a fact of the envelope has to come out the same. */

const observedAt = "2026-03-01T10:00:00.000Z";

const odd = fc.oneof(fc.constantFrom(null, "", " ", -1, 1.5, true, "many", [], {}), fc.jsonValue());
/** A value of the right kind as a rule, and anything at all otherwise. */
const mostly = (usual: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: odd });
const count = mostly(fc.oneof(fc.nat(3), fc.constantFrom("0", "1", "2")));
const time = mostly(
  fc.constantFrom("2026-03-01T09:58Z", "2026-03-01T09:58:07Z", " 2026-03-01T09:58Z", "2026-02-31T09:58Z", "yesterday"),
);
const optional = <Fields extends Record<string, fc.Arbitrary<unknown>>>(fields: Fields) =>
  fc.record(fields, { requiredKeys: [] });
/** The forms in which a set has been seen, and sets that are none. */
const setOf = (name: string, member: fc.Arbitrary<unknown>) =>
  mostly(
    fc
      .array(member, { maxLength: 4 })
      .chain((members) =>
        fc.constantFrom<unknown>(
          { [name]: members },
          [{ [name]: members }, {}],
          { [name]: members[0] },
          { [name]: null },
        ),
      ),
  );

const relatedItem = mostly(
  optional({
    Name: mostly(fc.constantFrom("OSSBucket", "OSSObject", "constructor")),
    Value: mostly(fc.constantFrom("a.vhd", "b.vhd", "images")),
  }),
);
const operation = mostly(
  optional({
    OperationStatus: mostly(fc.constantFrom("Success", "Failed", "Processing", " FAILED ", "Odd")),
    ErrorCode: mostly(fc.constantFrom("", "ParameterInvalid", "OSSObjectWriteFailed")),
    ErrorMsg: mostly(fc.constantFrom("", "no space", "put to https://images.example.com/a?Signature=c2VjcmV0 failed")),
    RelatedItemSet: setOf("RelatedItem", relatedItem),
  }),
);
const ended = fc.constantFrom("Finished", "Failed", "Deleted", "Canceled", "Cancelled");
const open = fc.constantFrom("Processing", "PROCESSING", "Pending", "Waiting", "Paused");
const strange = fc.constantFrom("ExportImage", "IMPORT_IMAGE", "Hibernating", "_");
const statusWord = fc.oneof({ weight: 3, arbitrary: fc.constant("Finished") }, ended, open, strange);
const taskFields = {
  TaskAction: mostly(fc.constantFrom("ImportImage", "EXPORT_IMAGE", "ModifyDiskSpec", "RedeployInstance", "toString")),
  SupportCancel: mostly(fc.constantFrom(true, false, "true", " False ")),
  ResourceId: mostly(fc.constantFrom("m-1", "i-1")),
  CreationTime: time,
  FinishedTime: time,
  TaskProcess: mostly(fc.constantFrom(100, 45.5, "100%", " 45.5 % ", "250%", "-3%")),
  TotalCount: count,
  SuccessCount: count,
  FailedCount: count,
  OperationProgressSet: setOf("OperationProgress", operation),
};
const readableTask = fc.record(
  { TaskId: fc.constantFrom("t-1", "t-bp1****"), TaskStatus: statusWord, ...taskFields },
  { requiredKeys: ["TaskId", "TaskStatus"] },
);
const anyRow = mostly(
  optional({
    TaskId: mostly(fc.constantFrom("t-1", "t-2", "a,b", "https://a.example/b?Signature=c2VjcmV0", "x".repeat(129))),
    TaskStatus: mostly(statusWord),
    ...taskFields,
  }),
);

function onPublicEcs(payload: object): NativeTask {
  return normalizeTaskAttribute(payload, { observedAt, requestId: null });
}

function listOnPublicEcs(payload: object): Rows<NativeTask> {
  return normalizeTaskList(payload, { observedAt, requestId: null });
}

function onTheRoute(payload: object) {
  const opened = openEnvelope({ status: 200, headers: {}, body: JSON.stringify(payload) });
  return normalizePage(opened, { observedAt });
}

test("the same task reads the same on both wires", () => {
  fc.assert(
    fc.property(readableTask, (payload) => {
      const [sighting] = onTheRoute({ TaskSet: { Task: [payload] } }).sightings;
      expect(sighting?.task).toEqual(onPublicEcs(JSON.parse(JSON.stringify(payload)) as object));
    }),
    { numRuns: 3_000 },
  );
});

test("the same list has the same rows on both wires, readable or not", () => {
  const list = fc.record({ TaskSet: setOf("Task", anyRow), TotalCount: fc.nat(9), PageSize: count });
  fc.assert(
    fc.property(list, (payload) => {
      const shown = (rows: Rows<NativeTask>) => ({
        ...rows,
        sightings: rows.sightings.map(({ task }) => task.nativeId),
      });
      expect(shown(onTheRoute(payload))).toEqual(shown(listOnPublicEcs(JSON.parse(JSON.stringify(payload)) as object)));
    }),
    { numRuns: 2_000 },
  );
});

test("a row of public ECS differs from its detail only by what a row does not say", () => {
  fc.assert(
    fc.property(readableTask, (payload) => {
      const detail = onPublicEcs(payload);
      const row = listOnPublicEcs({ TaskSet: { Task: [payload] } }).sightings[0];
      if (row?.task.nativeStatus === "Finished" && row.task.nativeAction === "RedeployInstance") {
        expect(row).toEqual({ task: detail, needsDetail: detail.status === "unknown" });
      } else if (row?.task.nativeStatus === "Finished") {
        expect(row).toMatchObject({ needsDetail: true, task: { status: "unknown", finishedAt: null } });
      } else {
        const { partial, progress, error, operations } = detail;
        expect({ ...row?.task, partial, progress, error, operations }).toEqual(detail);
      }
    }),
    { numRuns: 1_000 },
  );
});

const said = (row: object) => {
  const payload = { TaskId: "t-1", TaskStatus: "Finished", ...row };
  return [onPublicEcs(payload), onTheRoute({ TaskSet: [{ Task: [payload] }] }).sightings[0]?.task];
};
const withOperation = (OperationProgress: object) => ({ OperationProgressSet: { OperationProgress } });
const related = (...values: string[]) => ({
  RelatedItem: values.map((Value) => ({ Name: "OSSObject", Value })),
});

test.each([
  [
    "all values of a repeated related item",
    withOperation({ OperationStatus: "Success", RelatedItemSet: related("a.vhd", "b.vhd") }),
    { operations: [{ related: { OSSObject: "a.vhd,b.vhd" } }] },
  ],
  ["a percent that is a number", { TaskProcess: 100 }, { progress: { percent: 100 } }],
  ["a percent with a fraction", { TaskProcess: 45.5 }, { progress: { percent: 45.5 } }],
  [
    "the status word for the code of a message without one",
    withOperation({ OperationStatus: "Failed", ErrorMsg: "no space" }),
    { error: { code: "Failed", message: "no space" } },
  ],
  [
    "the counted failure of a failed Finished without a reason",
    { FailedCount: 1, SuccessCount: "2", TotalCount: 3 },
    {
      status: "failed",
      partial: true,
      error: { code: "PartialFailure", message: "FailedCount 1, SuccessCount 2, TotalCount 3" },
    },
  ],
  [
    "no end of a task that is not done",
    { TaskStatus: "Processing", FinishedTime: "2026-03-01T09:58Z" },
    { finishedAt: null, nativeTimes: { finishedAt: "2026-03-01T09:58Z" } },
  ],
  [
    "a set in no known form as a sub-operation of unknown status",
    { OperationProgressSet: "Failed" },
    { status: "unknown", operations: [{ status: "unknown", nativeStatus: "" }] },
  ],
])("both wires give %s", (_what, row, expected) => {
  for (const task of said(row)) expect(task).toMatchObject(expected);
});

test.each(["many", -1, {}, true])("both wires throw malformed for the TotalCount %j", (TotalCount) => {
  const payload = { RequestId: "R", TaskSet: { Task: [] }, TotalCount };
  for (const list of [listOnPublicEcs, onTheRoute]) {
    expect(() => list(payload)).toThrow(expect.objectContaining({ kind: "malformed" }));
  }
});
