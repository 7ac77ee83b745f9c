import { describe, expect, test } from "vitest";
import { compileEventPattern } from "./event-pattern.ts";

const completion = {
  source: "image-tasks",
  "detail-type": "Image Task Completed",
  resources: ["urn:image-tasks:edge:global:21", "urn:image-tasks:all"],
  detail: {
    id: "c0ffee",
    data: {
      task: { status: "failed", partial: true, error: null, progress: { percent: 40 }, operations: [] },
      steps: [
        { name: "copy", code: 0 },
        { name: "verify", code: 7 },
      ],
    },
  },
};

function matches(pattern: unknown): boolean {
  return compileEventPattern(pattern)(completion);
}

describe("compileEventPattern()", () => {
  test.each([
    ["an exact text", { source: ["image-tasks"] }, true],
    ["one of several texts", { source: ["other", "image-tasks"] }, true],
    ["another text", { source: ["other"] }, false],
    ["all of several fields", { source: ["image-tasks"], "detail-type": ["Image Task Completed"] }, true],
    ["only some of several fields", { source: ["image-tasks"], "detail-type": ["Image Task Stalled"] }, false],
    ["a nested field", { detail: { data: { task: { status: ["failed"] } } } }, true],
    ["a nested field below one that is missing", { detail: { nothing: { status: ["failed"] } } }, false],
    ["a boolean", { detail: { data: { task: { partial: [true] } } } }, true],
    ["a boolean written as text", { detail: { data: { task: { partial: ["true"] } } } }, false],
    ["null", { detail: { data: { task: { error: [null] } } } }, true],
    ["null where the field is missing", { detail: { data: { task: { reason: [null] } } } }, false],
    ["an element of a list", { resources: ["urn:image-tasks:all"] }, true],
    ["one object in a list", { detail: { data: { steps: { name: ["verify"], code: [7] } } } }, true],
    ["fields of two objects in a list", { detail: { data: { steps: { name: ["copy"], code: [7] } } } }, false],
    ["one of two patterns", { $or: [{ source: ["other"] }, { resources: ["urn:image-tasks:all"] }] }, true],
    ["none of two patterns", { $or: [{ source: ["other"] }, { "detail-type": ["other"] }] }, false],
    [
      "a field beside two patterns",
      { source: ["other"], $or: [{ resources: ["x"] }, { detail: { id: ["c0ffee"] } }] },
      false,
    ],
    [
      "one of two patterns inside",
      { detail: { data: { task: { $or: [{ status: ["vanished"] }, { partial: [true] }] } } } },
      true,
    ],
    ["an inherited field name", { detail: { constructor: [{ exists: true }] } }, false],
  ])("matches by value: %s", (_case, pattern, expected) => {
    expect(matches(pattern)).toBe(expected);
  });

  test.each([
    ["prefix", { resources: [{ prefix: "urn:image-tasks:edge:" }] }, true],
    ["prefix of no element", { resources: [{ prefix: "edge" }] }, false],
    ["prefix in any case", { source: [{ prefix: { "equals-ignore-case": "IMAGE" } }] }, true],
    ["suffix", { resources: [{ suffix: ":21" }] }, true],
    ["suffix that is only inside", { source: [{ suffix: "image" }] }, false],
    ["suffix in any case", { source: [{ suffix: { "equals-ignore-case": "TASKS" } }] }, true],
    ["equals-ignore-case", { source: [{ "equals-ignore-case": "Image-Tasks" }] }, true],
    ["equals-ignore-case of a part", { source: [{ "equals-ignore-case": "Image" }] }, false],
    ["anything-but another text", { source: [{ "anything-but": "other" }] }, true],
    ["anything-but this text", { source: [{ "anything-but": ["other", "image-tasks"] }] }, false],
    [
      "anything-but a number",
      { detail: { data: { task: { progress: { percent: [{ "anything-but": 40 }] } } } } },
      false,
    ],
    ["anything-but of a missing field", { nothing: [{ "anything-but": "other" }] }, false],
    ["anything-but a prefix", { source: [{ "anything-but": { prefix: "image" } }] }, false],
    ["anything-but a suffix", { source: [{ "anything-but": { suffix: ["x", "y"] } }] }, true],
    ["anything-but in any case", { source: [{ "anything-but": { "equals-ignore-case": "IMAGE-TASKS" } }] }, false],
    ["exists", { detail: { data: { task: { error: [{ exists: true }] } } } }, true],
    ["exists of an object, which is no leaf", { detail: { data: [{ exists: true }] } }, false],
    ["exists of an empty list", { detail: { data: { task: { operations: [{ exists: true }] } } } }, false],
    ["exists false of a missing field", { detail: { nothing: { deeper: [{ exists: false }] } } }, true],
    ["exists false of a field", { source: [{ exists: false }] }, false],
    [
      "numeric range",
      { detail: { data: { task: { progress: { percent: [{ numeric: [">", 0, "<=", 40] }] } } } } },
      true,
    ],
    [
      "numeric past its bound",
      { detail: { data: { task: { progress: { percent: [{ numeric: ["<", 40] }] } } } } },
      false,
    ],
    ["numeric equal", { detail: { data: { task: { progress: { percent: [{ numeric: ["=", 40] }] } } } } }, true],
    ["numeric of a text", { source: [{ numeric: [">=", 0] }] }, false],
    ["one of two operators", { source: [{ prefix: "x" }, { suffix: "tasks" }] }, true],
  ])("matches by operator: %s", (_case, pattern, expected) => {
    expect(matches(pattern)).toBe(expected);
  });

  test.each([
    [{}, "pattern is not an object with fields"],
    [{ source: "image-tasks" }, "pattern.source is not an object with fields"],
    [{ source: [] }, "pattern.source is an empty list, which matches nothing"],
    [{ $or: [{ source: ["a"] }] }, "pattern.$or takes a list of two or more patterns"],
    [{ $or: { source: ["a"] } }, "pattern.$or takes a list of two or more patterns"],
    [{ $or: [{ source: ["a"] }, { source: "b" }] }, "pattern.$or[1].source is not an object with fields"],
    [{ $and: [{ source: ["a"] }] }, "pattern.$and is an operator that is not supported"],
    [{ source: [{ wildcard: "*" }] }, "pattern.source[0] uses the operator wildcard, which is not supported"],
    [{ source: ["a", { cidr: "10.0.0.0/8" }] }, "pattern.source[1] uses the operator cidr, which is not supported"],
    [{ source: [{ prefix: "a", suffix: "b" }] }, "pattern.source[0] must hold exactly one operator"],
    [{ source: [{ prefix: 4 }] }, "pattern.source[0] prefix takes a text"],
    [{ source: [{ exists: "yes" }] }, "pattern.source[0] exists takes true or false"],
    [{ source: [{ numeric: [">"] }] }, "pattern.source[0] numeric takes one or two comparisons"],
    [{ source: [{ numeric: ["~", 1] }] }, "pattern.source[0] numeric knows = < <= > >= only"],
    [{ source: [{ numeric: [">", "1"] }] }, "pattern.source[0] numeric compares with numbers"],
    [{ source: [{ "anything-but": ["a", 1] }] }, "pattern.source[0] anything-but takes texts or numbers, not both"],
    [{ source: [{ "anything-but": { wildcard: "*" } }] }, "pattern.source[0] anything-but does not know this operator"],
    [{ source: [["a"]] }, "pattern.source[0] is neither a value nor an operator"],
  ])("throws when the pattern is %j", (pattern, message) => {
    expect(() => compileEventPattern(pattern)).toThrow(message);
  });
});
