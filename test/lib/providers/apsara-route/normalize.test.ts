import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Task } from "../../../../lib/domain/task.ts";
import { openEnvelope } from "../../../../lib/providers/apsara-route/envelope.ts";
import { normalizePage } from "../../../../lib/providers/apsara-route/normalize.ts";
import { completeRows } from "../../../../lib/providers/create-provider.ts";
import { answer, errorOf, fixture } from "./answers.ts";

const target = { connection: "stack", provider: "apsara-route", region: "cn-qingdao-env17-d01" };
const context = { observedAt: "2026-03-01T10:00:00.000Z" };

function pageOf(body: unknown) {
  const page = normalizePage(openEnvelope(answer(body)), context);
  return { ...page, ...completeRows(page, target, { cancels: true }) };
}

/** With it, Finished is a success. */
const proof = { TotalCount: 1, SuccessCount: 1 };

function taskOf(row: Readonly<Record<string, unknown>>): Task {
  const page = pageOf({
    TaskSet: { Task: [{ TaskId: "t-1", TaskAction: "ImportImage", TaskStatus: "Finished", ...row }] },
  });
  const [sighting] = page.sightings;
  if (sighting === undefined) throw new Error(JSON.stringify(page.unreadable));
  expect(sighting.needsDetail).toBe(false);
  return sighting.task;
}

describe("normalizePage()", () => {
  test("reads a running import", () => {
    const page = pageOf(fixture("flat"));
    expect(page.sightings[0]).toEqual({
      needsDetail: false,
      task: {
        id: "stack:cn-qingdao-env17-d01:t-bp1hvgwromzv32iq0001",
        connection: "stack",
        provider: "apsara-route",
        region: "cn-qingdao-env17-d01",
        nativeId: "t-bp1hvgwromzv32iq0001",
        action: "import-image",
        nativeAction: "ImportImage",
        status: "running",
        nativeStatus: "Processing",
        statusReason: null,
        done: false,
        partial: false,
        progress: { percent: null, succeeded: null, failed: null, total: null },
        resource: { type: "image", id: "m-bp67acfmxazb4p0001", name: null },
        error: null,
        operations: [],
        cancelable: true,
        createdAt: "2026-03-01T09:58:00.000Z",
        finishedAt: null,
        finishedAtObserved: false,
        missingSince: null,
        nativeTimes: { createdAt: "2026-03-01T09:58Z", finishedAt: null, zoneAssumed: false },
        observedAt: "2026-03-01T10:00:00.000Z",
        requestId: "9F1B2C3D-0001-4A5B-8C6D-7E8F90A1B2C3",
        labels: {},
        truncated: [],
      },
    });
    expect(page).toMatchObject({ unreadable: [], totalCount: 2, pageSize: 100 });
  });

  test("reads a finished export whose row does not say how it ended", () => {
    expect(pageOf(fixture("flat")).sightings[1]?.task).toMatchObject({
      action: "export-image",
      nativeAction: "EXPORT_IMAGE",
      status: "unknown",
      statusReason: "neither counts nor sub-operations tell how it ended",
      done: false,
      finishedAt: null,
    });
  });

  test("reads a successful export where the connection says that its bare row means success", () => {
    const page = normalizePage(openEnvelope(answer(fixture("flat"))), {
      ...context,
      finishedWithoutDetail: "succeeded",
    });
    expect(completeRows(page, target, { cancels: true }).sightings[1]?.task).toMatchObject({
      action: "export-image",
      nativeAction: "EXPORT_IMAGE",
      status: "succeeded",
      statusReason: null,
      done: true,
      cancelable: false,
      finishedAt: "2026-03-01T09:02:00.000Z",
    });
  });

  test("reads a finished task with a failed sub-operation as partly failed, with that operation's reason", () => {
    expect(pageOf(fixture("finished-partly-failed")).sightings[0]?.task).toMatchObject({
      status: "failed",
      nativeStatus: "Finished",
      done: true,
      partial: true,
      progress: { percent: 100, succeeded: 1, failed: 1, total: 2 },
      error: { code: "OSSObjectWriteFailed", message: "put to https://images.oss.example.com/a was refused" },
      operations: [
        {
          status: "succeeded",
          nativeStatus: "Success",
          error: null,
          warning: { code: "ParameterInvalid", message: "an old message" },
          related: { OSSBucket: "images", OSSObject: "m-bp67acfmxazb4p0002_system.raw.tar.gz" },
        },
        { status: "failed", error: { code: "OSSObjectWriteFailed" }, warning: null, related: {} },
      ],
    });
  });

  test("returns no tasks when the answer has only a request id", () => {
    expect(pageOf(fixture("request-id-only"))).toEqual({
      sightings: [],
      unreadable: [],
      totalCount: null,
      pageSize: null,
    });
  });

  test.each([
    ["Pending", "ImportImage", "pending"],
    ["Waiting", "ImportImage", "pending"],
    ["ExportImage", "ExportImage", "pending"],
    ["IMPORT_IMAGE", "ImportImage", "pending"],
    ["ModifyDiskSpec", "ModifyDiskSpec", "pending"],
    ["Processing", "ImportImage", "running"],
    ["PROCESSING", "ImportImage", "running"],
    ["Paused", "ImportImage", "paused"],
    ["Finished", "ImportImage", "unknown"],
    ["Failed", "ImportImage", "failed"],
    ["Deleted", "ImportImage", "canceled"],
    ["Canceled", "ImportImage", "canceled"],
    ["Rebooting", "ImportImage", "unknown"],
    ["Finished", "toString", "unknown"],
    ["constructor", "ImportImage", "unknown"],
  ])("reads status %s of %s as %s and keeps the native status", (TaskStatus, TaskAction, status) => {
    expect(taskOf({ TaskStatus, TaskAction })).toMatchObject({ status, nativeStatus: TaskStatus });
  });

  test.each([
    [{ FailedCount: 0 }, "unknown", false, null],
    [{ FailedCount: "0", SuccessCount: "3" }, "unknown", false, null],
    [{ FailedCount: "0", SuccessCount: "3", TotalCount: "3" }, "succeeded", false, null],
    [{ FailedCount: 2, SuccessCount: 0 }, "failed", false, "Failed: FailedCount 2, SuccessCount 0"],
    [{ FailedCount: "1", SuccessCount: "1" }, "failed", true, "PartialFailure: FailedCount 1, SuccessCount 1"],
    [{ FailedCount: 1 }, "failed", false, "Failed: FailedCount 1"],
    [
      { OperationProgressSet: { OperationProgress: [{ OperationStatus: "Failed" }] } },
      "failed",
      false,
      "Failed: a sub-operation did not succeed",
    ],
    [{ TaskStatus: "Failed", FailedCount: 1 }, "failed", false, null],
    [
      { OperationProgressSet: { OperationProgress: [{ OperationStatus: "Success", ErrorCode: "X" }] } },
      "succeeded",
      false,
      null,
    ],
  ])("reads Finished with %j as %s, partial %j, with the counted failure %j", (row, status, partial, reason) => {
    const { error, ...task } = taskOf(row);
    expect(task).toMatchObject({ status, partial });
    expect(error && `${error.code}: ${error.message}`).toBe(reason);
  });

  test.each([
    ["57%", 57],
    [" 57.5 ", 57.5],
    ["140%", 100],
    ["57.25 %", 57.25],
    ["7", 7],
    ["a57%", null],
    ["57%a", null],
    ["57x%", null],
    ["5.%", null],
    ["5.x", null],
    ["most", null],
    ["", null],
    [57, 57],
    [45.5, 45.5],
  ])("reads progress %j as %j", (TaskProcess, percent) => {
    expect(taskOf({ TaskProcess }).progress.percent).toBe(percent);
  });

  test.each([
    [true, true],
    ["True", true],
    [" TRUE ", true],
    ["false", false],
    [false, false],
    ["", null],
    [undefined, null],
    [7, null],
  ])("reads SupportCancel %j as %j", (SupportCancel, cancelable) => {
    expect(taskOf({ TaskStatus: "Processing", SupportCancel }).cancelable).toBe(cancelable);
    expect(taskOf({ TaskStatus: "Finished", ...proof, SupportCancel }).cancelable).toBe(false);
  });

  test.each([
    ["2026-03-01T09:58Z", "2026-03-01T09:58:00.000Z"],
    ["2026-03-01T09:58:07Z", "2026-03-01T09:58:07.000Z"],
    ["2026-03-01T09:58:07.25Z", "2026-03-01T09:58:07.250Z"],
    [" 2026-03-01T09:58Z ", "2026-03-01T09:58:00.000Z"],
    ["at 2026-03-01T09:58Z", null],
    ["2026-03-01T09:58Z or so", null],
    ["2026-03-01T09:58:07.Z", null],
    ["2026-03-01T09:5xZ", null],
    ["2026-03-01T25:58Z", null],
    ["2026-03-01T09:58", null],
    ["2026-02-31T09:58Z", null],
    ["0000-00-00T00:00Z", null],
    ["yesterday", null],
  ])("reads time %j as %j and keeps the original text", (CreationTime, createdAt) => {
    expect(taskOf({ CreationTime })).toMatchObject({ createdAt, nativeTimes: { createdAt: CreationTime } });
  });

  test("keeps a task running when a part of it has failed", () => {
    const task = taskOf({ TaskStatus: "Processing", FailedCount: 1, SuccessCount: 1 });
    expect(task).toMatchObject({ status: "running", partial: false, error: null, progress: { failed: 1 } });
  });

  test("does not give a sub-operation with an unknown native status for a success", () => {
    const OperationProgressSet = { OperationProgress: [{ OperationStatus: "Odd" }] };
    expect(taskOf({ OperationProgressSet }).operations).toMatchObject([{ status: "failed", nativeStatus: "Odd" }]);
  });

  test.each([
    ["12", 12],
    ["x1", null],
    ["1x", null],
    ["1234567890123456", null],
    [-1, null],
  ])("reads the count %j as %j", (SuccessCount, succeeded) => {
    expect(taskOf({ SuccessCount }).progress.succeeded).toBe(succeeded);
  });

  test.each([
    ["Cancelled", "canceled"],
    ["Canceled", "canceled"],
    ["Deleted", "canceled"],
    ["ImportImage", "pending"],
    ["export_image", "pending"],
  ])("reads the status %j of a task without an action as %j", (TaskStatus, status) => {
    expect(taskOf({ TaskStatus, TaskAction: "" }).status).toBe(status);
  });

  test("gives no end time to a task that has not ended", () => {
    const task = taskOf({ TaskStatus: "Processing", FinishedTime: "2026-03-01T09:58Z" });
    expect(task).toMatchObject({ finishedAt: null, nativeTimes: { finishedAt: "2026-03-01T09:58Z" } });
  });

  test("reports unreadable rows and omits no other", () => {
    const Task = [
      { TaskId: "t-1", TaskStatus: "Finished" },
      { TaskId: "t-2" },
      7,
      null,
      { TaskId: "a,b", TaskStatus: "Finished" },
    ];
    const page = pageOf({ TaskSet: { Task }, TotalCount: 5 });
    expect(page.sightings.map(({ task }) => task.nativeId)).toEqual(["t-1"]);
    const withoutId = pageOf({
      TaskSet: { Task: [{ TaskId: "" }, { TaskId: 7 }, [], { TaskId: " " }, { TaskId: "a://b" }] },
    });
    expect(withoutId.unreadable.map(({ nativeId }) => nativeId)).toEqual([null, null, null, null, "[redacted]"]);
    expect(page.unreadable).toEqual([
      { nativeId: "t-2", reason: "missing or of a wrong type: TaskStatus" },
      { nativeId: null, reason: "not an object" },
      { nativeId: null, reason: "not an object" },
      { nativeId: "a,b", reason: "an ECS task id has 1 to 128 characters of A-Z, a-z, 0-9, '_', '.', '*' and '-'" },
    ]);
  });

  test.each([
    [{ Task: { TaskId: "t-1", TaskStatus: "Finished" } }],
    [[{ Task: [{ TaskId: "t-1", TaskStatus: "Finished" }] }, {}]],
    [[{ TaskId: "t-1", TaskStatus: "Finished" }]],
    [[{ Task: null }, { Task: [{ TaskId: "t-1", TaskStatus: "Finished" }] }]],
  ])("reads the row in TaskSet %j", (TaskSet) => {
    expect(pageOf({ TaskSet }).sightings).toHaveLength(1);
  });

  test.each([null, "", {}, [], { Task: null }, { Task: [] }, [{}]])("returns no row for TaskSet %j", (TaskSet) => {
    expect(pageOf({ RequestID: "R", TaskSet })).toMatchObject({ sightings: [], unreadable: [] });
  });

  test("reports a TaskSet of an unexpected type", () => {
    expect(pageOf({ TaskSet: { Tasks: [] } }).unreadable).toEqual([
      { nativeId: null, reason: "missing or of a wrong type: TaskId, TaskStatus" },
    ]);
  });

  test.each(["none", 7, [7], [null]])("reports the TaskSet %j, which has no known form", (TaskSet) => {
    expect(pageOf({ RequestID: "R", TaskSet })).toMatchObject({
      sightings: [],
      unreadable: [{ nativeId: null, reason: "not an object" }],
    });
  });

  test.each([{ value: "many" }, "many", -1, 1.5])("throws malformed for the TotalCount %j", (TotalCount) => {
    expect(errorOf(() => pageOf({ RequestID: "R", TaskSet: [], TotalCount }))).toMatchObject({
      kind: "malformed",
      message: "DescribeTasks: TotalCount is not a count",
      requestId: "R",
    });
  });

  test("treats a page size of zero as missing", () => {
    expect(pageOf({ RequestID: "R", PageSize: 0 }).pageSize).toBeNull();
  });

  test("reads a row with only two fields", () => {
    expect(pageOf({ TaskSet: { Task: { TaskId: "t-1", TaskStatus: "_" } } }).sightings[0]?.task).toMatchObject({
      action: "other",
      nativeAction: "",
      status: "unknown",
      resource: null,
      cancelable: null,
      nativeTimes: { createdAt: null, finishedAt: null, zoneAssumed: false },
    });
  });

  test.each([
    ["ImportImage", "image"],
    ["EXPORT_IMAGE", "image"],
    [" RedeployInstance ", "instance"],
    ["ModifyDiskSpec", "disk"],
    ["Sing", "other"],
  ])("maps the resource of %s to the type %s", (TaskAction, type) => {
    expect(taskOf({ TaskAction, ResourceId: "x-1" }).resource).toEqual({ type, id: "x-1", name: null });
  });

  test("uses the reason of the first sub-operation that has one", () => {
    const OperationProgress = [
      { OperationStatus: "Failed" },
      { OperationStatus: " FAILED ", ErrorMsg: "no space" },
      { OperationStatus: "Failed", ErrorCode: "Late" },
      { OperationStatus: "Success", ErrorCode: "Odd" },
      { OperationStatus: "Processing" },
    ];
    expect(taskOf({ OperationProgressSet: { OperationProgress } })).toMatchObject({
      status: "failed",
      partial: true,
      error: { code: "FAILED", message: "no space" },
      operations: [
        { status: "failed", error: null, warning: null },
        { status: "failed", error: { code: "FAILED", message: "no space" }, warning: null },
        { status: "failed", error: { code: "Late", message: "" }, warning: null },
        { status: "succeeded", error: null, warning: { code: "Odd", message: "" } },
        { status: "running", error: null, warning: null },
      ],
    });
  });

  test.each([
    [{ OperationProgressSet: "none" }, "unknown", null],
    [{ OperationProgressSet: { OperationProgress: [7] } }, "unknown", null],
    [{ OperationProgressSet: { OperationProgress: [{}] } }, "unknown", null],
    [{ OperationProgressSet: { OperationProgress: [{}] }, FailedCount: 0 }, "unknown", 0],
    [{ OperationProgressSet: { OperationProgress: [{ OperationStatus: "Odd" }] } }, "failed", null],
    [{ FailedCount: "some" }, "unknown", null],
    [{ FailedCount: "" }, "unknown", null],
    [{ ...proof, FailedCount: "" }, "succeeded", null],
  ])("reads Finished with %j as %s, %j failed", (row, status, failed) => {
    expect(taskOf(row)).toMatchObject({ status, progress: { failed } });
  });

  test("keeps an unreadable sub-operation with the status unknown", () => {
    expect(taskOf({ OperationProgressSet: "none" }).operations).toEqual([
      { status: "unknown", nativeStatus: "", error: null, warning: null, related: {} },
    ]);
  });

  test.each([
    [{ RelatedItem: [{ Name: "a", Value: "1" }, { Name: "b" }, 7, { Name: "c", Value: "3" }] }, { a: "1", c: "3" }],
    [
      {
        RelatedItem: [
          { Name: "OSSObject", Value: "a.vhd" },
          { Name: "OSSObject", Value: "b.vhd" },
        ],
      },
      { OSSObject: "a.vhd,b.vhd" },
    ],
    ["none", {}],
  ])("reads the readable part of the related items %j", (RelatedItemSet, related) => {
    const OperationProgress = { OperationStatus: "Success", RelatedItemSet };
    expect(taskOf({ OperationProgressSet: { OperationProgress } }).operations[0]?.related).toEqual(related);
  });

  test("omits no row, whatever the rows are", () => {
    const status = fc.oneof(fc.constantFrom("Finished", "Processing", "Failed"), fc.jsonValue());
    const row = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          TaskId: fc.oneof(fc.string(), fc.constantFrom("t-1", "t-2")),
          TaskStatus: status,
          TaskAction: fc.jsonValue(),
          CreationTime: fc.jsonValue(),
          TaskProcess: fc.string(),
          FailedCount: fc.jsonValue(),
          OperationProgressSet: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (Task) => {
        const page = pageOf({ TaskSet: { Task } });
        expect(page.sightings.length + page.unreadable.length).toBe(Task.length);
        for (const { task } of page.sightings) {
          expect(task.done).toBe(["succeeded", "failed", "canceled"].includes(task.status));
          expect(task.error === null || task.status === "failed").toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
