import { describe, expect, test } from "vitest";
import type { Task } from "../../../../../lib/domain/task.ts";
import { normalizeTaskAttribute } from "../../../../../lib/providers/alibaba-ecs/normalize.ts";
import { completeTask } from "../../../../../lib/providers/create-provider.ts";
import { operationsOf } from "../../../../../lib/providers/shared/ecs/operations.ts";

const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const context = { observedAt: "2026-03-01T09:00:00.000Z", requestId: null };
const count = 100_000;

/** A finished task whose counts say that all has succeeded. */
function taskWith(operations: readonly unknown[]): Task {
  const counts = { TotalCount: count, SuccessCount: count, FailedCount: 0 };
  const row = { TaskId: "t-1", TaskStatus: "Finished", TaskAction: "ExportImage", ...counts };
  const native = normalizeTaskAttribute({ ...row, OperationProgressSet: { OperationProgress: operations } }, context);
  return completeTask(native, target, { cancels: true });
}

const succeeded = Array.from({ length: count }, () => ({ OperationStatus: "Success" }));

describe("a task with more sub-operations than it keeps", () => {
  test("has succeeded if each of them has", () => {
    const task = taskWith(succeeded);
    expect(task).toMatchObject({ status: "succeeded", truncated: ["operations"] });
    expect(task.operations).toHaveLength(100);
  });

  test("has failed if the last of them has, and keeps that one with its reason", () => {
    const failure = { OperationStatus: "Failed", ErrorCode: "NoSpace", ErrorMsg: "the bucket is full" };
    const task = taskWith([...succeeded.slice(1), failure]);
    expect(task).toMatchObject({ status: "failed", partial: true, error: { code: "NoSpace" } });
    expect(task.operations).toHaveLength(100);
    expect(task.operations.at(-1)).toMatchObject({ status: "failed", nativeStatus: "Failed" });
    expect(task.operations[0]).toMatchObject({ status: "succeeded", nativeStatus: "Success" });
  });

  test.each([
    ["Processing", "a sub-operation still runs"],
    [undefined, "a sub-operation has no status"],
  ])("has no known outcome if the last of them says %s", (OperationStatus, statusReason) => {
    const task = taskWith([...succeeded.slice(1), { OperationStatus }]);
    expect(task).toMatchObject({ status: "unknown", statusReason });
  });

  test("reads no more than the status of those that it does not keep", () => {
    const closed = new Proxy(
      { OperationStatus: "Success" },
      {
        get(given, name) {
          if (name !== "OperationStatus") throw new Error(`${String(name)} was read`);
          return given[name];
        },
      },
    );
    const first = Array.from({ length: 100 }, () => ({ OperationStatus: "Success" }));
    expect(operationsOf({ OperationProgress: [...first, closed, closed] })).toHaveLength(102);
  });
});

describe("a sub-operation with more related items than it keeps", () => {
  const relatedBy = (items: readonly unknown[]) => {
    const operation = { OperationStatus: "Success", RelatedItemSet: { RelatedItem: items } };
    const [read] = operationsOf({ OperationProgress: [operation] });
    return read?.related ?? {};
  };
  const items = Array.from({ length: count }, (_, index) => ({ Name: `n-${index}`, Value: "v" }));

  test("is read up to one more, by which the task knows that others were cut", () => {
    expect(Object.keys(relatedBy(items))).toEqual(items.slice(0, 21).map(({ Name }) => Name));
    const task = taskWith([{ OperationStatus: "Success", RelatedItemSet: { RelatedItem: items } }]);
    expect(Object.keys(task.operations[0]?.related ?? {})).toHaveLength(20);
    expect(task.truncated).toEqual(["operations.related"]);
  });

  test("joins no more to a repeated name than a task keeps", () => {
    const repeated = items.map(() => ({ Name: "OSSObject", Value: "v".repeat(99) }));
    expect(relatedBy(repeated)["OSSObject"]).toHaveLength(4 * 100 - 1);
  });

  test("redacts each of the values that it joins", () => {
    const repeated = ["a", "b"].map((name) => ({ Name: "OSSObject", Value: `https://h/${name}?Signature=abc` }));
    expect(relatedBy(repeated)).toEqual({ OSSObject: "https://h/a,https://h/b" });
  });
});
