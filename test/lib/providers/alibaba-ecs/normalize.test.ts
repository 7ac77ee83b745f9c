import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../../lib/domain/errors.ts";
import * as native from "../../../../lib/providers/alibaba-ecs/normalize.ts";
import { completeRows, completeTask } from "../../../../lib/providers/create-provider.ts";
import { fixture } from "./fixture.ts";

const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const context = { observedAt: "2026-03-01T09:00:00.000Z", requestId: "R-1" };

/** The functions under test, their tasks as the rest of the project gets them. */
function normalizeTaskList(...given: Parameters<typeof native.normalizeTaskList>) {
  const list = native.normalizeTaskList(...given);
  return { ...list, ...completeRows(list, target, { cancels: true }) };
}
const normalizeTaskAttribute = (...given: Parameters<typeof native.normalizeTaskAttribute>) =>
  completeTask(native.normalizeTaskAttribute(...given), target, { cancels: true });
const list = (name: string) => normalizeTaskList(fixture(`describe-tasks-${name}.json`), context);
const attribute = (name: string) => normalizeTaskAttribute(fixture(`describe-task-attribute-${name}.json`), context);

describe("normalizeTaskList()", () => {
  test("reads the published sample, whose Finished does not yet mean success", () => {
    expect(list("published-sample")).toEqual({
      sightings: [
        {
          needsDetail: true,
          task: {
            id: "aliyun:cn-hangzhou:t-bp1hvgwromzv32iq****",
            connection: "aliyun",
            provider: "alibaba-ecs",
            region: "cn-hangzhou",
            nativeId: "t-bp1hvgwromzv32iq****",
            action: "import-image",
            nativeAction: "ImportImage",
            status: "unknown",
            nativeStatus: "Finished",
            statusReason: "neither counts nor sub-operations tell how it ended",
            done: false,
            partial: false,
            progress: { percent: null, succeeded: null, failed: null, total: null },
            resource: { type: "image", id: "m-bp1i8huqm5u7****", name: null },
            error: null,
            operations: [],
            cancelable: true,
            createdAt: "2020-11-24T12:50:00.000Z",
            finishedAt: null,
            finishedAtObserved: false,
            missingSince: null,
            nativeTimes: { createdAt: "2020-11-24T12:50Z", finishedAt: "2020-11-24T12:50Z", zoneAssumed: false },
            observedAt: "2026-03-01T09:00:00.000Z",
            requestId: "R-1",
            labels: {},
            truncated: [],
          },
        },
      ],
      unreadable: [],
      totalCount: 1,
      pageSize: 10,
    });
  });

  test("reads the older sample: TaskSet as a list of sets, SupportCancel as a boolean, no resource", () => {
    const { sightings, totalCount } = list("older-sample");
    expect(totalCount).toBe(2);
    expect(sightings.map(({ task }) => [task.nativeId, task.cancelable, task.resource])).toEqual([
      ["t-bp1hvgwromzv32iq****", true, null],
      ["t-bp179lofu2pv768w****", true, null],
    ]);
  });

  test("maps every status and needs details only when the outcome or reason is missing", () => {
    const rows = list("every-status").sightings.map(({ task, needsDetail }) => ({
      [task.nativeStatus]: [task.status, task.done, needsDetail, task.cancelable],
      finishedAt: task.finishedAt,
    }));
    expect(rows).toEqual([
      { Pending: ["pending", false, false, true], finishedAt: null },
      { Waiting: ["pending", false, false, true], finishedAt: null },
      { Processing: ["running", false, false, true], finishedAt: null },
      { processing: ["running", false, false, false], finishedAt: null },
      { Paused: ["paused", false, false, false], finishedAt: null },
      { ExportImage: ["pending", false, false, false], finishedAt: null },
      { Finished: ["unknown", false, true, false], finishedAt: null },
      { Failed: ["failed", true, true, false], finishedAt: "2026-03-01T08:31:00.000Z" },
      { Deleted: ["canceled", true, false, false], finishedAt: "2026-03-01T08:32:00.000Z" },
      { Canceled: ["canceled", true, false, false], finishedAt: "2026-03-01T08:33:21.000Z" },
      { Hibernating: ["unknown", false, false, null], finishedAt: null },
    ]);
  });

  test("also reads Cancelled in the British spelling", () => {
    expect(normalizeTaskAttribute({ TaskId: "t-1", TaskStatus: "Cancelled" }, context).status).toBe("canceled");
  });

  test("maps actions in either spelling and the kind of their resource", () => {
    expect(list("every-action").sightings.map(({ task }) => [task.nativeAction, task.action, task.resource])).toEqual([
      ["ImportImage", "import-image", { type: "image", id: "m-1", name: null }],
      ["IMPORT_IMAGE", "import-image", { type: "image", id: "m-2", name: null }],
      ["ExportImage", "export-image", { type: "image", id: "m-3", name: null }],
      ["ModifyDiskSpec", "other", { type: "disk", id: "d-1", name: null }],
      ["RedeployInstance", "other", { type: "instance", id: "i-1", name: null }],
      ["ArchiveSnapshot", "other", { type: "other", id: "s-1", name: null }],
    ]);
  });

  test.each(["empty", "without-set"])("returns no tasks when TaskSet is %s", (name) => {
    expect(list(name)).toEqual({ sightings: [], unreadable: [], totalCount: 0, pageSize: 100 });
  });

  test.each([{}, { RequestId: "R" }, { TaskSet: null }, [], "text", null])(
    "throws malformed for %j, which has neither a list nor a count",
    (payload) => {
      const known = typeof payload === "object" && payload !== null && !Array.isArray(payload);
      const what = known ? "has neither TaskSet nor TotalCount" : "is not an object";
      expect(() => normalizeTaskList(payload, context)).toThrow(
        expect.objectContaining({
          kind: "malformed",
          requestId: "R-1",
          message: `DescribeTasks: the answer ${what}`,
        }),
      );
    },
  );

  test("throws malformed when TotalCount is given and is not a count", () => {
    expect(() => normalizeTaskList({ TaskSet: {}, TotalCount: "many" }, context)).toThrow(
      expect.objectContaining({
        kind: "malformed",
        requestId: "R-1",
        message: "DescribeTasks: TotalCount is not a count",
      }),
    );
  });

  test("gives no end to a task that has not ended", () => {
    const row = { TaskId: "t-1", TaskStatus: "Processing", FinishedTime: "2026-03-01T09:58Z" };
    const finishedAt = { finishedAt: null, nativeTimes: { finishedAt: "2026-03-01T09:58Z" } };
    expect(normalizeTaskList({ TaskSet: { Task: row } }, context).sightings[0]?.task).toMatchObject(finishedAt);
    expect(normalizeTaskAttribute(row, context)).toMatchObject(finishedAt);
  });

  test("reports a row whose status is empty", () => {
    const rows = [{ TaskId: "t-1", TaskStatus: "" }];
    expect(normalizeTaskList({ TaskSet: { Task: rows } }, context).unreadable).toEqual([
      { nativeId: "t-1", reason: "missing or of a wrong type: TaskStatus" },
    ]);
  });

  test("keeps a signed link out of the id of a row that it cannot read", () => {
    const rows = [{ TaskId: "https://images.oss.example.com/a?Signature=c2VjcmV0" }];
    expect(normalizeTaskList({ TaskSet: { Task: rows } }, context).unreadable).toMatchObject([
      { nativeId: "[redacted]" },
    ]);
  });

  test.each(["t-1\u0000", "t-\u200b1", " t-1", "\u001b[2Kt-1"])(
    "does not take the malformed id %j for that of another task",
    (TaskId) => {
      const { unreadable } = normalizeTaskList({ TaskSet: { Task: [{ TaskId, TaskStatus: "Failed" }] } }, context);
      expect(unreadable.map(({ nativeId }) => nativeId)).toEqual([null]);
    },
  );

  test("keeps the id of a row that it cannot read when it has the form of one, so that it can be matched", () => {
    const likeAToken = "Ab1".repeat(15);
    const { unreadable } = normalizeTaskList({ TaskSet: { Task: [{ TaskId: likeAToken }] } }, context);
    expect(unreadable).toMatchObject([{ nativeId: likeAToken }]);
  });

  test("reads a single row outside a list, and a count given as text", () => {
    const row = { TaskId: "t-1", TaskStatus: "Processing" };
    const { sightings, totalCount } = normalizeTaskList({ TotalCount: "1", TaskSet: { Task: row } }, context);
    expect([sightings.length, totalCount]).toEqual([1, 1]);
  });

  test("reports unreadable rows and reads the others", () => {
    const { sightings, unreadable } = list("unreadable-rows");
    expect(unreadable).toEqual([
      { nativeId: null, reason: "missing or of a wrong type: TaskId" },
      { nativeId: "t-without-status", reason: "missing or of a wrong type: TaskStatus" },
      { nativeId: null, reason: "not an object" },
      {
        nativeId: "t-one,t-two",
        reason: "an ECS task id has 1 to 128 characters of A-Z, a-z, 0-9, '_', '.', '*' and '-'",
      },
    ]);
    expect(sightings.map(({ task }) => task.nativeId)).toEqual(["t-odd-times", "t-good"]);
  });

  test("shows at most 128 characters of a malformed id", () => {
    const rows = [{ TaskId: "x".repeat(129), TaskStatus: "Processing" }];
    const { unreadable } = normalizeTaskList({ TaskSet: { Task: rows } }, context);
    expect(unreadable.map(({ nativeId }) => nativeId)).toEqual([`${"x".repeat(127)}…`]);
  });

  test.each([
    ["_", undefined, "unknown", ""],
    [" PROCESSING ", "ImportImage", "running", "ImportImage"],
    ["ARCHIVE_SNAPSHOT", "ArchiveSnapshot", "pending", "ArchiveSnapshot"],
    ["Hibernating", "ArchiveSnapshot", "unknown", "ArchiveSnapshot"],
    ["ImportImage", "ArchiveSnapshot", "pending", "ArchiveSnapshot"],
  ])("reads the status %j of the action %j as %s", (TaskStatus, TaskAction, status, nativeAction) => {
    const rows = [{ TaskId: "t-1", TaskStatus, TaskAction }];
    expect(normalizeTaskList({ TaskSet: { Task: rows } }, context).sightings[0]?.task).toMatchObject({
      status,
      nativeStatus: TaskStatus,
      nativeAction,
    });
  });

  test("keeps an unreadable time as written and invents none", () => {
    const odd = list("unreadable-rows").sightings[0]?.task;
    expect(odd).toMatchObject({
      createdAt: null,
      finishedAt: null,
      nativeTimes: { createdAt: "yesterday", finishedAt: "2026-02-31T08:00Z", zoneAssumed: false },
      cancelable: null,
      resource: null,
    });
  });

  test("reports a TaskSet of another type instead of treating it as empty", () => {
    const { sightings, unreadable } = normalizeTaskList({ TotalCount: 1, TaskSet: { Tasks: [] } }, context);
    expect([sightings, unreadable]).toEqual([
      [],
      [{ nativeId: null, reason: "missing or of a wrong type: TaskId, TaskStatus" }],
    ]);
  });
});

describe("normalizeTaskAttribute()", () => {
  test("reads the published sample as a success with a warning, despite its error code", () => {
    expect(attribute("published-sample")).toMatchObject({
      id: "aliyun:cn-hangzhou:t-ce946ntx4wr****",
      action: "export-image",
      status: "succeeded",
      done: true,
      partial: false,
      error: null,
      cancelable: false,
      resource: null,
      progress: { percent: 100, succeeded: 1, failed: 0, total: 1 },
      operations: [
        {
          status: "succeeded",
          nativeStatus: "Success",
          error: null,
          warning: { code: "ParameterInvalid", message: "The specified RegionId parameter is invalid." },
          related: { OSSObject: "MYOSSPRE_m-23f8tcp***_t-23ym6mv***.vhd" },
        },
      ],
      createdAt: "2015-11-23T02:13:00.000Z",
      finishedAt: "2015-11-23T02:19:00.000Z",
    });
  });

  test("reads the older sample with all its related items and no warning", () => {
    expect(attribute("older-sample").operations).toEqual([
      {
        status: "succeeded",
        nativeStatus: "Success",
        error: null,
        warning: null,
        related: {
          OSSBucket: "image-temp",
          OSSObject: "MYOSSPRE_m-23f8tcp***_t-23ym6mv***.vhd",
          ImageFormat: "vhd",
        },
      },
    ]);
  });

  test("keeps the signature of a URL out of related items", () => {
    const url =
      "https://golden.oss-cn-hangzhou.aliyuncs.com/disk.vhd?OSSAccessKeyId=LTAI5tQnKzExample&Signature=aB3%2Fx9";
    const set = { RelatedItem: [{ Name: "OSSObject", Value: url }] };
    const operation = { OperationStatus: "Success", RelatedItemSet: set };
    const payload = { TaskId: "t-1", TaskStatus: "Finished", OperationProgressSet: { OperationProgress: [operation] } };
    const [{ related } = { related: {} }] = normalizeTaskAttribute(payload, context).operations;
    expect(related).toEqual({ OSSObject: "https://golden.oss-cn-hangzhou.aliyuncs.com/disk.vhd" });
  });

  test("reads a running task with its percentage and no end time", () => {
    expect(attribute("processing")).toMatchObject({
      status: "running",
      done: false,
      cancelable: true,
      progress: { percent: 37, succeeded: 0, failed: 0, total: 1 },
      finishedAt: null,
      partial: false,
      nativeTimes: { finishedAt: null },
      operations: [{ status: "running", error: null, warning: null }],
    });
  });

  test("reads a Finished task with failed sub-operations as partly failed, with the first one's reason", () => {
    expect(attribute("partly-failed")).toMatchObject({
      status: "failed",
      nativeStatus: "Finished",
      done: true,
      partial: true,
      error: { code: "InvalidOSSBucket.NotFound", message: "The bucket does not exist." },
      progress: { percent: 100, succeeded: 1, failed: 2, total: 3 },
    });
  });

  test("derives the outcome from the counts when there are no sub-operations, and reports only counts", () => {
    expect(attribute("counts-only")).toMatchObject({
      status: "failed",
      partial: true,
      error: { code: "PartialFailure", message: "FailedCount 1, SuccessCount 2, TotalCount 3" },
      operations: [],
    });
    expect(attribute("all-failed")).toMatchObject({
      status: "failed",
      partial: false,
      error: { code: "Failed", message: "FailedCount 2, SuccessCount 0, TotalCount 2" },
    });
  });

  test("derives the outcome from a failed sub-operation when there are no counts", () => {
    const operations = { OperationProgress: [{ OperationStatus: "FAILED" }, { OperationStatus: "success" }] };
    const payload = { TaskId: "t-1", TaskStatus: "Finished", OperationProgressSet: operations };
    expect(normalizeTaskAttribute(payload, context)).toMatchObject({
      status: "failed",
      partial: true,
      error: { code: "PartialFailure", message: "a sub-operation did not succeed" },
    });
  });

  test("reads no success from Finished without counts or sub-operations", () => {
    expect(attribute("without-counts")).toMatchObject({
      status: "unknown",
      statusReason: "neither counts nor sub-operations tell how it ended",
      progress: { percent: null, succeeded: null, failed: null, total: null },
      createdAt: "2026-03-01T08:00:00.000Z",
      finishedAt: null,
    });
  });

  test("gives a Failed task the provider's reason, or none", () => {
    expect(attribute("failed")).toMatchObject({
      status: "failed",
      partial: false,
      error: { code: "ImageFormatNotSupported", message: "The image format is not supported." },
    });
    expect(attribute("failed-without-reason")).toMatchObject({ status: "failed", error: null, finishedAt: null });
  });

  test("keeps signed links out of a reason", () => {
    expect(attribute("failed-with-signed-url").error).toEqual({
      code: "DownloadFailed",
      message: "GET https://images.oss-cn-hangzhou.aliyuncs.com/a.vhd answered 403",
    });
  });

  test("reads a deleted task as canceled, whatever its sub-operations say", () => {
    expect(attribute("deleted")).toMatchObject({ status: "canceled", done: true, error: null, cancelable: false });
  });

  test.each([
    ["100%", 100],
    [" 12.5 % ", 12.5],
    ["250%", 100],
    [40, 40],
    ["-3%", null],
    ["half", null],
    ["", null],
    [null, null],
  ])("reads the progress %j as %j", (TaskProcess, percent) => {
    const payload = { TaskId: "t-1", TaskStatus: "Processing", TaskProcess };
    expect(normalizeTaskAttribute(payload, context).progress.percent).toBe(percent);
  });

  test.each([1.5, -1, "many", [], {}, true])("reads no success from the invalid count %j", (FailedCount) => {
    const payload = { TaskId: "t-1", TaskStatus: "Finished", FailedCount };
    expect(normalizeTaskAttribute(payload, context)).toMatchObject({ status: "unknown", progress: { failed: null } });
  });

  test.each(["", null])("reads the count %j as missing", (FailedCount) => {
    const payload = { TaskId: "t-1", TaskStatus: "Finished", SuccessCount: 1, TotalCount: 1, FailedCount };
    expect(normalizeTaskAttribute(payload, context)).toMatchObject({
      status: "succeeded",
      progress: { failed: null },
    });
  });

  test("keeps both values of a repeated related item, and an item with an unusual name", () => {
    const items = [
      { Name: "OSSObject", Value: "a" },
      { Name: "OSSObject", Value: "b" },
      { Name: "constructor", Value: "c" },
    ];
    const operation = { OperationStatus: "Processing", RelatedItemSet: [{ RelatedItem: items }] };
    const payload = { TaskId: "t-1", TaskStatus: "Processing", OperationProgressSet: { OperationProgress: operation } };
    expect(normalizeTaskAttribute(payload, context).operations).toEqual([
      {
        status: "running",
        nativeStatus: "Processing",
        error: null,
        warning: null,
        related: { OSSObject: "a,b", constructor: "c" },
      },
    ]);
  });

  test("takes no reason from the counts of a Failed task, but does take the partial success", () => {
    const payload = { TaskId: "t-1", TaskStatus: "Failed", FailedCount: 1, SuccessCount: 0 };
    expect(normalizeTaskAttribute(payload, context)).toMatchObject({ status: "failed", partial: false, error: null });
    expect(normalizeTaskAttribute({ ...payload, SuccessCount: 1 }, context).partial).toBe(true);
  });

  test.each([
    [[{ OperationStatus: "Success" }], undefined, "succeeded"],
    [[{ OperationStatus: "Success" }, {}], undefined, "unknown"],
    [[7], undefined, "unknown"],
    [[{}], 0, "unknown"],
    [[{}], 1, "failed"],
  ])("reads Finished with the sub-operations %j and the count %j as %s", (OperationProgress, FailedCount, status) => {
    const payload = { TaskId: "t-1", TaskStatus: "Finished", OperationProgressSet: { OperationProgress }, FailedCount };
    expect(normalizeTaskAttribute(payload, context).status).toBe(status);
  });

  test("reads the available fields of a sub-operation", () => {
    const OperationProgress = [
      7,
      {},
      { OperationStatus: " FAILED ", ErrorMsg: "no space" },
      { OperationStatus: "Failed", ErrorCode: "Odd", RelatedItemSet: { RelatedItem: [{ Name: "a" }, 7] } },
      { OperationStatus: "Success", ErrorCode: "Odd" },
    ];
    const payload = { TaskId: "t-1", TaskStatus: "Failed", OperationProgressSet: { OperationProgress } };
    const none = { error: null, warning: null, related: {} };
    expect(normalizeTaskAttribute(payload, context).operations).toEqual([
      { ...none, status: "unknown", nativeStatus: "" },
      { ...none, status: "unknown", nativeStatus: "" },
      { ...none, status: "failed", nativeStatus: " FAILED ", error: { code: "FAILED", message: "no space" } },
      { ...none, status: "failed", nativeStatus: "Failed", error: { code: "Odd", message: "" } },
      { ...none, status: "succeeded", nativeStatus: "Success", warning: { code: "Odd", message: "" } },
    ]);
  });

  test("throws malformed when the answer's id is malformed", () => {
    expect(() => normalizeTaskAttribute({ TaskId: "a,b", TaskStatus: "Finished" }, context)).toThrow(
      expect.objectContaining({
        kind: "malformed",
        requestId: "R-1",
        message: expect.stringContaining("DescribeTaskAttribute: an ECS task id has 1 to 128 characters"),
      }),
    );
  });

  test("throws malformed, without the value, when the answer is not a task", () => {
    const reading = () => normalizeTaskAttribute({ TaskId: 42, TaskStatus: "Finished" }, context);
    expect(reading).toThrow(ProviderError);
    expect(reading).toThrow("DescribeTaskAttribute: missing or of a wrong type: TaskId");
  });
});

describe("a row that is all there is", () => {
  const sighting = (TaskAction: string, TaskStatus: string, fields: object = {}) => {
    const row = { TaskId: "t-1", TaskAction, TaskStatus, ...fields };
    const [first] = normalizeTaskList({ TaskSet: { Task: [row] } }, context).sightings;
    if (first === undefined) throw new Error("no row");
    return first;
  };

  test("reads Finished as a success when the provider has no details beyond the row", () => {
    expect(sighting("RedeployInstance", "Finished")).toMatchObject({
      needsDetail: false,
      task: { status: "succeeded", done: true, cancelable: false },
    });
    expect(sighting("RedeployInstance", "Failed").task).toMatchObject({ status: "failed", done: true });
    expect(sighting("RedeployInstance", "Finished", { FinishedTime: "2026-03-01T08:30Z" }).task.finishedAt).toBe(
      "2026-03-01T08:30:00.000Z",
    );
  });

  test("judges such a row by its counts where it has some", () => {
    expect(sighting("RedeployInstance", "Finished", { FailedCount: 1 })).toMatchObject({
      needsDetail: false,
      task: { status: "failed", error: { message: "FailedCount 1" } },
    });
    expect(sighting("ARCHIVE_SNAPSHOT", "Finished", { TotalCount: 1 })).toMatchObject({
      needsDetail: true,
      task: { status: "unknown", statusReason: "neither counts nor sub-operations tell how it ended" },
    });
  });

  test("leaves the outcome of an image task unknown", () => {
    for (const action of ["ImportImage", "ExportImage", "MODIFY_DISK_SPEC"]) {
      expect(sighting(action, "Finished")).toMatchObject({
        needsDetail: true,
        task: { status: "unknown", done: false, statusReason: "neither counts nor sub-operations tell how it ended" },
      });
    }
    expect(sighting("ExportImage", "Processing").task).toMatchObject({ status: "running", done: false });
  });
});
