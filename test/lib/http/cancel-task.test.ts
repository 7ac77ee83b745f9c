import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { Task } from "../../../lib/domain/task.ts";
import { cancelTask } from "../../../lib/http/cancel-task.ts";
import { addressOf } from "../../../lib/http/find-task.ts";
import { explain } from "../../fakes/explain.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import type { Script } from "../../fakes/scripted-provider.ts";
import { createTaskBook } from "../../fakes/task-book.ts";

/** The task goes through these states in order and keeps the last. */
function setUp(states: readonly Task[], script: Script) {
  const left = [...states];
  const detail = async () => (left.length > 1 ? left.shift() : left[0]);
  const provider = createScriptedProvider({ details: { "t-1": detail }, ...script });
  const address = addressOf("aliyun:cn-hangzhou:t-1", [provider]);
  const cancel = () => cancelTask(address, { ledger: createTaskBook(), explain, now: () => 0, ...unhurried });
  return { provider, cancel };
}

const running = sampleTask();
const canceled = sampleTask({ status: "canceled" });
const accept = async () => undefined;
const fail = (error: Error) => async () => {
  throw error;
};

describe("cancelTask()", () => {
  test("returns the task as it is after the provider accepted the cancellation", async () => {
    const { cancel, provider } = setUp([running, canceled], { cancel: accept });
    expect(await cancel()).toEqual({ ...canceled, explanation: null });
    expect(provider.calls).toEqual(["get t-1", "cancel t-1", "get t-1"]);
  });

  test("answers 409 with the task, without a provider call, when it has ended", async () => {
    const ended = sampleTask({ status: "succeeded" });
    const { cancel, provider } = setUp([ended], { cancel: accept });
    expect(await problemOf(cancel)).toMatchObject({ type: "not-cancelable", detail: { task: ended } });
    expect(provider.calls).toEqual(["get t-1"]);
  });

  test("answers 409 with the explanation of a task that has failed", async () => {
    const failed = sampleTask({ status: "failed", error: { code: "InvalidOSSObject.NotFound", message: "Gone." } });
    const { cancel } = setUp([failed], { cancel: accept });
    const task = { ...failed, explanation: { retry: "after-remedy" } };
    expect(await problemOf(cancel)).toMatchObject({ type: "not-cancelable", detail: { task } });
  });

  test("returns the current task, without a provider call, when it is already being canceled", async () => {
    const canceling = sampleTask({ status: "canceling" });
    const { cancel, provider } = setUp([canceling], { cancel: accept });
    expect(await cancel()).toEqual({ ...canceling, explanation: null });
    expect(provider.calls).toEqual(["get t-1"]);
  });

  test("answers 409 with the task when the provider has no cancel call", async () => {
    expect(await problemOf(setUp([running], {}).cancel)).toMatchObject({
      type: "not-cancelable",
      detail: { detail: "alibaba-ecs has no call to cancel a task", task: running },
    });
  });

  test("answers 404 for an unknown task even when the provider has no cancel call", async () => {
    expect((await problemOf(setUp([], {}).cancel)).type).toBe("unknown-task");
  });

  test("answers 409 with the current task when the provider finds it not cancelable", async () => {
    const conflict = new ProviderError("conflict", "the task cannot be canceled now", { code: "IncorrectTaskStatus" });
    const later = sampleTask({ progress: { percent: 99, succeeded: null, failed: null, total: null } });
    const { cancel } = setUp([running, later], { cancel: fail(conflict) });
    expect(await problemOf(cancel)).toMatchObject({ type: "not-cancelable", detail: { task: later } });
  });

  test("answers 409 with the last recorded task when the provider no longer knows it", async () => {
    const forgotten = new ProviderError("not-found", "no such task", { code: "InvalidTaskId.NotFound" });
    const { cancel } = setUp([running], { cancel: fail(forgotten) });
    expect(await problemOf(cancel)).toMatchObject({ type: "not-cancelable", detail: { task: running } });
  });

  test("resolves a lost response by reading the task again and never cancels twice", async () => {
    const lost = new ProviderError("unavailable", "connection reset");
    const { cancel, provider } = setUp([running, canceled], { cancel: fail(lost) });
    expect(await cancel()).toEqual({ ...canceled, explanation: null });
    expect(provider.calls.filter((call) => call.startsWith("cancel"))).toHaveLength(1);
  });

  test("reports the provider's failure when the response was lost and the task continues", async () => {
    const lost = new ProviderError("unavailable", "connection reset");
    expect((await problemOf(setUp([running], { cancel: fail(lost) }).cancel)).type).toBe("provider-unavailable");
  });

  test("rethrows errors that are not the provider's", async () => {
    await expect(setUp([running], { cancel: fail(new TypeError("a bug")) }).cancel()).rejects.toThrow("a bug");
  });
});
