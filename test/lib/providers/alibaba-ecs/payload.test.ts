import { describe, expect, test } from "vitest";
import { membersOf, TaskAttribute, TaskListHead } from "../../../../lib/providers/alibaba-ecs/payload.ts";

describe("membersOf()", () => {
  test.each([
    [undefined, []],
    [null, []],
    ["", []],
    [{}, []],
    [[], []],
    [{ Task: [] }, []],
    [{ Task: null }, []],
    [{ Task: "" }, []],
    [{ Task: [1, 2] }, [1, 2]],
    [{ Task: { a: 1 } }, [{ a: 1 }]],
    [{ Task: 0 }, [0]],
    [
      [{ Task: [1] }, { Task: 2 }, {}],
      [1, 2],
    ],
    ["text", ["text"]],
    [7, [7]],
    [
      [7, null, [8]],
      [7, null, [8]],
    ],
    [{ Tasks: [] }, [{ Tasks: [] }]],
  ])("reads from the set %j the members %j", (set, members) => {
    expect(membersOf(set, "Task")).toEqual(members);
  });
});

describe("field readers", () => {
  const read = (fields: object) => TaskAttribute.parse({ TaskId: "t-1", TaskStatus: "Processing", ...fields });

  test.each([
    [7, 7],
    ["7", 7],
    ["123456789", 123_456_789],
    [0, 0],
    [-1, null],
    [1.5, null],
    ["1234567890", null],
    ["-1", null],
    ["7 ", null],
    [null, null],
    [true, null],
  ])("read the count %j as %j", (TotalCount, count) => {
    expect(TaskListHead.parse({ TotalCount }).TotalCount).toBe(count);
  });

  test.each([
    ["12", 12],
    [3, 3],
    [undefined, null],
    [null, null],
    ["", null],
    ["x1", "unreadable"],
    ["1x", "unreadable"],
    [-1, "unreadable"],
    [[], "unreadable"],
    ["unreadable", "unreadable"],
  ])("read the failure count %j as %j", (FailedCount, count) => {
    expect(read({ FailedCount }).FailedCount).toBe(count);
  });

  test.each([
    [true, true],
    [" TRUE ", true],
    ["False", false],
    ["no", null],
    [1, null],
  ])("read the flag %j as %j", (SupportCancel, flag) => {
    expect(read({ SupportCancel }).SupportCancel).toBe(flag);
  });

  test.each([
    ["a", "a"],
    [" a ", " a "],
    [" ", null],
    ["", null],
    [7, null],
  ])("read the text %j as %j", (TaskAction, text) => {
    expect(read({ TaskAction }).TaskAction).toBe(text);
  });

  test.each([
    ["57%", 57],
    ["57.25 %", 57.25],
    ["7", 7],
    ["a57%", null],
    ["57%a", null],
    ["57x%", null],
    ["5.%", null],
    ["5.x", null],
    ["1234567890", null],
    [100.5, 100],
    [true, null],
  ])("read the percentage %j as %j", (TaskProcess, percent) => {
    expect(read({ TaskProcess }).TaskProcess).toBe(percent);
  });
});
