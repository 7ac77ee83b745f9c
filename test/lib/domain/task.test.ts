import { describe, expect, test } from "vitest";
import { parseTaskId, taskId } from "../../../lib/domain/task.ts";

describe("parseTaskId()", () => {
  test.each(["t-1", "a:b::c", ":"])("reads the three parts of an id with the native id %s", (nativeId) => {
    const id = taskId({ connection: "aliyun", region: "cn-hangzhou" }, nativeId);
    expect(parseTaskId(id)).toEqual({ connection: "aliyun", region: "cn-hangzhou", nativeId });
  });

  test.each(["", "aliyun", "aliyun:cn-hangzhou", "aliyun:cn-hangzhou:", "aliyun::t-1", ":cn-hangzhou:t-1", "::"])(
    "reads nothing from %j",
    (id) => {
      expect(parseTaskId(id)).toBeUndefined();
    },
  );
});
