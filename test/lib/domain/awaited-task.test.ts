import { describe, expect, test } from "vitest";
import { awaitedTask, bareTask, neverShown, notShownYet } from "../../../lib/domain/awaited-task.ts";

const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const facts = { target, capabilities: { cancels: true } };
const nowMs = Date.parse("2026-01-31T12:00:00.000Z");

describe("bareTask()", () => {
  test("claims nothing but the id", () => {
    expect(bareTask(facts, "t-1", nowMs)).toEqual({
      id: "aliyun:cn-hangzhou:t-1",
      ...target,
      nativeId: "t-1",
      action: "other",
      nativeAction: "",
      status: "unknown",
      nativeStatus: "",
      statusReason: null,
      missingSince: null,
      done: false,
      partial: false,
      progress: { percent: null, succeeded: null, failed: null, total: null },
      resource: null,
      error: null,
      operations: [],
      cancelable: null,
      createdAt: null,
      finishedAt: null,
      finishedAtObserved: false,
      nativeTimes: { createdAt: null, finishedAt: null, zoneAssumed: false },
      observedAt: "2026-01-31T12:00:00.000Z",
      requestId: null,
      labels: {},
      truncated: [],
    });
  });

  test("is not cancelable where the provider cancels nothing", () => {
    expect(bareTask({ target, capabilities: { cancels: false } }, "t-1", nowMs).cancelable).toBe(false);
  });
});

describe("awaitedTask()", () => {
  test("is pending, because the cloud has not shown it yet", () => {
    expect(awaitedTask(facts, "t-1", nowMs)).toEqual({
      ...bareTask(facts, "t-1", nowMs),
      status: "pending",
      statusReason: "the cloud has not shown this task yet",
    });
  });
});

describe("the reason of a task that was never shown", () => {
  test("names what the cloud shows instead", () => {
    expect(notShownYet("it shows a snapshot")).toBe("the cloud has not shown this task yet: it shows a snapshot");
    expect(neverShown("it shows a snapshot")).toBe("the cloud never showed this task: it shows a snapshot");
    expect(neverShown(null)).toBe("the cloud never showed this task");
  });
});
