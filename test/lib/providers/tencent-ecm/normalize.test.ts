import { describe, expect, test } from "vitest";
import { completeTask } from "../../../../lib/providers/create-provider.ts";
import * as native from "../../../../lib/providers/tencent-ecm/normalize.ts";
import type { RowContext } from "../../../../lib/providers/tencent-ecm/normalize.ts";
import { taskRows } from "./fixture.ts";

const target = { connection: "edge", provider: "tencent-ecm", region: "global" };
const context: RowContext = {
  nativeId: "21",
  imageId: null,
  imageName: null,
  zoneMinutes: 480,
  observedAt: "2020-06-16T08:00:00.000Z",
  requestId: "854aeb35-e3e0-451d-87ad-b0894b99cea4",
};

/** The functions under test, their tasks as the rest of the project gets them. */
function readImageTask(...given: Parameters<typeof native.readImageTask>) {
  const reading = native.readImageTask(...given);
  return "task" in reading ? { task: completeTask(reading.task, target, { cancels: true }) } : reading;
}
const taskOfImage = (...given: Parameters<typeof native.taskOfImage>) =>
  completeTask(native.taskOfImage(...given), target, { cancels: true });
const { imageNameOf } = native;

function taskIn(name: string, changes: Partial<RowContext> = {}) {
  const reading = readImageTask(taskRows(name)[0], { ...context, ...changes });
  if ("reason" in reading) throw new Error(reading.reason);
  return reading.task;
}

test("readImageTask() reads the published example as a successful task", () => {
  expect(taskIn("task-success-published.json")).toEqual({
    id: "edge:global:21",
    connection: "edge",
    provider: "tencent-ecm",
    region: "global",
    nativeId: "21",
    action: "import-image",
    nativeAction: "ImportCustomImage",
    status: "succeeded",
    nativeStatus: "SUCCESS",
    statusReason: null,
    done: true,
    partial: false,
    progress: { percent: null, succeeded: null, failed: null, total: null },
    resource: { type: "image", id: null, name: "ecmtest" },
    error: null,
    operations: [],
    cancelable: false,
    createdAt: "2020-06-16T07:43:30.000Z",
    finishedAt: null,
    finishedAtObserved: false,
    missingSince: null,
    nativeTimes: { createdAt: "2020-06-16 15:43:30", finishedAt: null, zoneAssumed: true },
    observedAt: "2020-06-16T08:00:00.000Z",
    requestId: "854aeb35-e3e0-451d-87ad-b0894b99cea4",
    labels: {},
    truncated: [],
  });
});

test.each([
  ["task-pending.json", "pending", "PENDING", false],
  ["task-processing.json", "running", "PROCESSING", false],
  ["task-success-published.json", "succeeded", "SUCCESS", true],
  ["task-failed.json", "failed", "FAILED", true],
  ["task-lower-case.json", "running", "processing", false],
  ["task-unknown-state.json", "unknown", "VERIFYING", false],
])("readImageTask() reads %s as %s and keeps the native status %s", (name, status, nativeStatus, done) => {
  expect(taskIn(name)).toMatchObject({ status, nativeStatus, done });
});

test.each(["RUNNING", "OPERATING"])("readImageTask() reads %s, a status of a sibling API, as running", (State) => {
  expect(readImageTask({ State }, context)).toMatchObject({ task: { status: "running", nativeStatus: State } });
});

test("readImageTask() calls no task cancelable, because the API cancels none", () => {
  const row = { State: "RUNNING", Message: "", ImageName: "edge", CreateTime: "2020-06-16 15:43:30" };
  expect(readImageTask(row, context)).toMatchObject({ task: { done: false, cancelable: false } });
});

describe("the reason of a failure", () => {
  test("readImageTask() returns the provider's message under our own code", () => {
    expect(taskIn("task-failed.json").error).toEqual({
      code: "ImageImportFailed",
      message: "image format qcow2 does not match the declared format raw",
    });
  });

  test("readImageTask() returns none when the provider gives none", () => {
    expect(taskIn("task-failed-without-reason.json").error).toBeNull();
    expect(readImageTask({ State: "FAILED", Message: "" }, context)).toMatchObject({ task: { error: null } });
  });

  test("readImageTask() ignores the message of a task that did not fail", () => {
    expect(readImageTask({ State: "PROCESSING", Message: "copying" }, context)).toMatchObject({
      task: { error: null },
    });
  });

  test("readImageTask() removes the signature of a URL from it", () => {
    expect(taskIn("task-failed-signed-url.json").error?.message).toBe(
      "download https://images-1250000000.cos.ap-guangzhou.myqcloud.com/build/edge.qcow2 failed: 403",
    );
  });
});

test("readImageTask() returns no creation time but the raw text when the provider wrote zeros", () => {
  expect(taskIn("task-zero-time.json")).toMatchObject({
    createdAt: null,
    nativeTimes: { createdAt: "0000-00-00 00:00:00", finishedAt: null, zoneAssumed: false },
  });
});

test("readImageTask() reads the time in the configured zone", () => {
  expect(taskIn("task-pending.json", { zoneMinutes: -300 }).createdAt).toBe("2020-06-16T20:43:30.000Z");
});

test("readImageTask() uses the known image when the row names none", () => {
  const told = { ...context, imageId: "img-c1p90f6q", imageName: "edge-base" };
  expect(readImageTask({ State: "PENDING", ImageName: null }, told)).toMatchObject({
    task: { resource: { type: "image", id: "img-c1p90f6q", name: "edge-base" }, createdAt: null },
  });
});

test("readImageTask() uses the row's image name when it differs from the known one", () => {
  const told = { ...context, imageName: "edge-base" };
  const nameOf = (ImageName: string) => readImageTask({ State: "PENDING", ImageName }, told);
  expect(nameOf("ecmtest")).toMatchObject({ task: { resource: { name: "ecmtest" } } });
  expect(nameOf("")).toMatchObject({ task: { resource: { name: "edge-base" } } });
});

test("readImageTask() returns a reason instead of a task when the row is unreadable", () => {
  expect(readImageTask(taskRows("task-unreadable.json")[0], context)).toEqual({
    reason: "the task's row cannot be read: State is missing or of another type",
  });
  expect(readImageTask({ State: "" }, context)).toHaveProperty("reason");
  expect(readImageTask({ State: "FAILED", Message: null }, context)).toMatchObject({ task: { error: null } });
  expect(readImageTask("SUCCESS", context)).toEqual({ reason: "the task's row cannot be read: it is no object" });
  expect(readImageTask(null, context)).toHaveProperty("reason");
});

test("taskOfImage() has an unknown status and keeps the image's own state", () => {
  const image = { state: "CREATING", createTime: "2020-06-16 15:43:30" };
  expect(taskOfImage(image, { ...context, imageId: "img-c1p90f6q", imageName: "edge-base" })).toMatchObject({
    status: "unknown",
    nativeStatus: "CREATING",
    done: false,
    error: null,
    resource: { type: "image", id: "img-c1p90f6q", name: "edge-base" },
    createdAt: "2020-06-16T07:43:30.000Z",
  });
});

test("imageNameOf() returns undefined when the row has no name", () => {
  expect(imageNameOf({ ImageName: "ecmtest" })).toBe("ecmtest");
  expect([imageNameOf({ ImageName: null }), imageNameOf({}), imageNameOf(7)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
