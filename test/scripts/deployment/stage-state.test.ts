import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectAws } from "../../../scripts/deployment/aws.ts";
import type { Aws } from "../../../scripts/deployment/aws.ts";
import { deleteTable } from "../../../scripts/deployment/delete-table.ts";
import { ledgerSetting, readStageState, stateProblems } from "../../../scripts/deployment/stage-state.ts";
import { tableWarnings } from "../../../scripts/deployment/table-warnings.ts";
import { startEmulatedAws } from "../../deploy/emulated-aws.ts";
import type { EmulatedAws } from "../../deploy/emulated-aws.ts";

let emulated: EmulatedAws;
let aws: Aws;
beforeEach(async () => {
  emulated = await startEmulatedAws();
  const env = { AWS_DEV_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_DEV_SECRET_ACCESS_KEY: "secret" };
  aws = connectAws("us-east-1", "dev", { ...env, AWS_ENDPOINT_URL: emulated.url });
});
afterEach(() => emulated.stop());

const layout = {
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  GlobalSecondaryIndexes: [],
};
const tableNamed = (TableName: string, more = {}) => ({
  Type: "AWS::DynamoDB::Table",
  DeletionPolicy: "Retain",
  Properties: { TableName, ...layout, ...more },
});
const dev = { stage: "dev", stackName: "image-tasks-dev", table: { TableName: "image-tasks-dev", ...layout } };

function deployStack(name: string, LedgerTable: ReturnType<typeof tableNamed>): void {
  const stack = emulated.stacks.prepare(name, "CREATE", JSON.stringify({ Resources: { LedgerTable } }));
  emulated.stacks.execute(stack);
}

async function stateOf(service = dev) {
  const state = await readStageState(aws, service);
  return { setting: ledgerSetting(state), problems: stateProblems(state, service) };
}

describe("a stage's table", () => {
  test("is created if there is none", async () => {
    expect(await stateOf()).toEqual({ setting: "create", problems: [] });
  });

  test("stays in the stack that has created it", async () => {
    deployStack(dev.stackName, tableNamed("image-tasks-dev"));
    expect(await stateOf()).toEqual({ setting: "create", problems: [] });
  });

  test("is used as it is if a stack has left it", async () => {
    deployStack(dev.stackName, tableNamed("image-tasks-dev"));
    emulated.stacks.delete(emulated.stacks.get(dev.stackName));
    expect(await stateOf()).toEqual({ setting: "existing", problems: [] });
  });

  test("is not taken from another stack", async () => {
    deployStack("image-tasks-prod", tableNamed("image-tasks-dev"));
    const { problems } = await stateOf();
    expect(problems).toEqual([
      "the table image-tasks-dev belongs to the stack image-tasks-prod; set TABLE_NAME to another name",
    ]);
    await expect(deleteTable(aws, dev)).rejects.toThrow("belongs to the stack image-tasks-prod");
  });

  test("is not replaced by an empty one when TABLE_NAME changes", async () => {
    deployStack(dev.stackName, tableNamed("ledger"));
    const { problems } = await stateOf();
    expect(problems).toEqual([
      expect.stringMatching(/is the table ledger, and .* an empty one .* set TABLE_NAME=ledger$/),
    ]);
  });

  test("is replaced by one that was restored under another name, and stays as well", async () => {
    deployStack(dev.stackName, tableNamed("ledger"));
    emulated.resources.create("Restored", tableNamed("image-tasks-dev"));
    expect(await stateOf()).toEqual({ setting: "existing", problems: [] });
  });

  test("is deleted only if it is a ledger", async () => {
    const KeySchema = [{ AttributeName: "order", KeyType: "HASH" }];
    emulated.resources.create("Orders", {
      ...tableNamed("image-tasks-dev"),
      Properties: { ...layout, KeySchema, TableName: "image-tasks-dev" },
    });
    await expect(deleteTable(aws, dev)).rejects.toThrow(
      /is not a ledger of this version: its key is order .* Delete it/,
    );
    expect(emulated.resources.ofType("AWS::DynamoDB::Table")).toHaveLength(1);
  });

  test("is deleted although it is protected", async () => {
    emulated.resources.create("Ledger", tableNamed("image-tasks-dev", { DeletionProtectionEnabled: true }));
    expect(await deleteTable(aws, dev)).toBe(true);
    expect(await deleteTable(aws, dev)).toBe(false);
  });

  test("without expiry or recovery, as after a restore, is used with warnings", async () => {
    emulated.resources.create("Restored", tableNamed("image-tasks-dev"));
    const warnings = await tableWarnings(aws, "image-tasks-dev");
    expect(warnings).toEqual([
      expect.stringContaining("update-time-to-live --table-name image-tasks-dev"),
      expect.stringContaining("update-continuous-backups --table-name image-tasks-dev"),
    ]);
  });
});

test.each([
  ["ROLLBACK_COMPLETE", "its creation failed; remove it first"],
  ["REVIEW_IN_PROGRESS", "its creation failed; remove it first"],
  ["DELETE_FAILED", "finish it with: npm run remove"],
  ["UPDATE_IN_PROGRESS", "wait for the change"],
  ["UPDATE_ROLLBACK_FAILED", "continue-update-rollback"],
])("a stack that is %s is not deployed", async (status, remedy) => {
  deployStack(dev.stackName, tableNamed("image-tasks-dev"));
  emulated.stacks.get(dev.stackName).status = status;
  const { problems } = await stateOf();
  expect(problems).toEqual([expect.stringContaining(remedy)]);
});
