import fc from "fast-check";
import { expect, test } from "vitest";
import type { NativeTask, Rows } from "../../../../../lib/domain/provider.ts";
import { normalizeTaskAttribute, normalizeTaskList } from "../../../../../lib/providers/alibaba-ecs/normalize.ts";
import { differencesInList, differencesInTask, envelopes, trueWires } from "../../../../fuzz/two-wires.ts";
import type { TwoWires } from "../../../../fuzz/two-wires.ts";

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
const anyFields = {
  TaskId: mostly(fc.constantFrom("t-1", "t-2", "a,b", "https://a.example/b?Signature=c2VjcmV0", "x".repeat(129))),
  TaskStatus: mostly(statusWord),
  ...taskFields,
};
const anyRow = mostly(optional(anyFields));

function onPublicEcs(payload: object): NativeTask {
  return normalizeTaskAttribute(payload, { observedAt, requestId: null });
}

function listOnPublicEcs(payload: object): Rows<NativeTask> {
  return normalizeTaskList(payload, { observedAt, requestId: null });
}

const envelope = fc.constantFrom(...envelopes);

test("the same task reads the same on both wires, in every envelope", async () => {
  await fc.assert(
    fc.asyncProperty(readableTask, envelope, async (payload, wrapper) => {
      expect(await differencesInTask(payload, wrapper)).toEqual([]);
    }),
    { numRuns: 1_500 },
  );
});

test("a row of any content reads the same on both wires, or fails for the same reason", async () => {
  await fc.assert(
    fc.asyncProperty(optional(anyFields), envelope, async (payload, wrapper) => {
      expect(await differencesInTask(payload, wrapper)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test("the same list has the same rows on both wires, readable or not", async () => {
  const list = optional({ TaskSet: setOf("Task", anyRow), TotalCount: mostly(fc.nat(9)), PageSize: count });
  await fc.assert(
    fc.asyncProperty(list, envelope, async (payload, wrapper) => {
      expect(await differencesInList(payload, wrapper)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test("a response with neither rows nor a count is malformed on public ECS and an empty list of the gateway", async () => {
  for (const payload of [{}, { TaskSet: null }, { TaskSet: null, TotalCount: null, PageSize: 10 }]) {
    const message = "DescribeTasks: the answer has neither TaskSet nor TotalCount";
    expect(await trueWires.ecs.list(payload)).toEqual({ kind: "malformed", message });
    for (const wrapper of envelopes) {
      expect(await trueWires.gateway(wrapper).list(payload)).toEqual({ value: { sightings: [], unreadable: [] } });
    }
  }
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

/** The task on public ECS, and on the gateway in every envelope. */
async function said(row: object): Promise<unknown[]> {
  const payload = { TaskId: "t-1", TaskStatus: "Finished", ...row };
  const wires = [trueWires.ecs, ...envelopes.map((wrapper) => trueWires.gateway(wrapper))];
  return Promise.all(wires.map((wire) => wire.get("t-1", payload)));
}
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
])("both wires give %s", async (_what, row, expected) => {
  const tasks = await said(row);
  expect(tasks).toHaveLength(4);
  for (const task of tasks) expect(task).toMatchObject({ value: expected });
});

test.each(["many", -1, {}, true])("both wires throw malformed for the TotalCount %j", async (TotalCount) => {
  const payload = { TaskSet: { Task: [] }, TotalCount };
  for (const wire of [trueWires.ecs, ...envelopes.map((wrapper) => trueWires.gateway(wrapper))]) {
    expect(await wire.list(payload)).toMatchObject({ kind: "malformed" });
  }
});

test("the comparison finds a wire that reads one field another way", async () => {
  const row = { TaskId: "t-1", TaskStatus: "Processing", FinishedTime: "2026-03-01T09:58Z", TaskProcess: 45.5 };
  const drifting = (field: keyof NativeTask, value: unknown): TwoWires => ({
    ...trueWires,
    gateway: (wrapper) => ({
      ...trueWires.gateway(wrapper),
      async get(nativeId, payload) {
        const read = await trueWires.gateway(wrapper).get(nativeId, payload);
        return "value" in read && read.value ? { value: { ...read.value, [field]: value } } : read;
      },
    }),
  });
  expect(await differencesInTask(row, "flat", drifting("finishedAt", "2026-03-01T09:58:00.000Z"))).toEqual([
    'finishedAt: null and "2026-03-01T09:58:00.000Z"',
  ]);
  expect(await differencesInTask(row, "flat", drifting("operations", [1]))).toEqual(["operations: [] and [1]"]);
});
