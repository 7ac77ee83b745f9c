import { describe, expect, test } from "vitest";
import { Template, planLines, retainedResources } from "../../../scripts/deployment/plan.ts";

const functionOf = (memory: number, key: string) => ({
  Type: "AWS::Lambda::Function",
  Properties: { FunctionName: "image-tasks-dev-get", MemorySize: memory, Code: { S3Key: key } },
});
const table = {
  Type: "AWS::DynamoDB::Table",
  DeletionPolicy: "Retain",
  Properties: { TableName: "image-tasks-dev" },
};
const version = { Type: "AWS::Lambda::Version", Properties: {} };
const templateOf = (resources: Record<string, unknown>) => Template.parse({ Resources: resources });

describe("planLines()", () => {
  test("lists every resource of a new stack, with its name", () => {
    expect(planLines(templateOf({ Get: functionOf(512, "a"), Ledger: table }), undefined)).toEqual([
      "create AWS::DynamoDB::Table Ledger image-tasks-dev",
      "create AWS::Lambda::Function Get image-tasks-dev-get",
    ]);
  });

  test("lists nothing when only the place of the code has changed", () => {
    const [before, after] = [templateOf({ Get: functionOf(512, "a") }), templateOf({ Get: functionOf(512, "b") })];
    expect(planLines(after, before)).toEqual([]);
  });

  test("names what changes in a resource", () => {
    const [before, after] = [templateOf({ Get: functionOf(512, "a") }), templateOf({ Get: functionOf(256, "a") })];
    expect(planLines(after, before)).toEqual(["change AWS::Lambda::Function Get image-tasks-dev-get (MemorySize)"]);
  });

  test("names a changed condition or policy of a resource", () => {
    const [before, after] = [
      templateOf({ Ledger: table }),
      templateOf({ Ledger: { ...table, DeletionPolicy: "Delete" } }),
    ];
    expect(planLines(after, before)).toEqual(["change AWS::DynamoDB::Table Ledger image-tasks-dev (attributes)"]);
  });

  test("shows new code of a function as a change of its version", () => {
    const [before, after] = [templateOf({ GetLambdaVersionA1: version }), templateOf({ GetLambdaVersionB2: version })];
    expect(planLines(after, before)).toEqual(["change AWS::Lambda::Version GetLambdaVersion (code)"]);
  });

  test("tells what is removed from what stays outside of the stack", () => {
    const before = templateOf({ Get: functionOf(512, "a"), Ledger: table });
    expect(planLines(templateOf({}), before)).toEqual([
      "keep, outside of the stack, AWS::DynamoDB::Table Ledger image-tasks-dev",
      "remove AWS::Lambda::Function Get image-tasks-dev-get",
    ]);
  });
});

test("retainedResources() names those that a removal leaves behind", () => {
  const template = templateOf({ Get: functionOf(512, "a"), Ledger: table });
  expect(retainedResources(template)).toEqual([["Ledger", "AWS::DynamoDB::Table"]]);
});
