import { setTimeout as sleep } from "node:timers/promises";
import { DeleteTableCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import type { Aws } from "./aws.ts";
import { layoutDifferences } from "./ledger-table.ts";
import { readTable } from "./stage-state.ts";
import type { Stage } from "./stage-state.ts";

const pauseMs = 2000;
const maxPauses = 150;

/**
 * Deletes the ledger of a stage, and resolves once it is gone.
 * @returns whether there was one
 * @throws Error if the table is not this stage's ledger
 */
export async function deleteTable(aws: Aws, { table }: Stage, wait = sleep): Promise<boolean> {
  const { TableName } = table;
  const found = await readTable(aws, TableName);
  if (found === undefined) return false;
  if (found.owner !== undefined) throw new Error(`the table ${TableName} belongs to the stack ${found.owner}`);
  const differences = layoutDifferences(table, found.layout);
  if (differences.length > 0) {
    throw new Error(
      `the table ${TableName} is not a ledger of this version: ${differences.join("; ")}. Delete it yourself`,
    );
  }
  if (found.deletionProtected) {
    await aws.dynamoDb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  }
  await aws.dynamoDb.send(new DeleteTableCommand({ TableName }));
  for (let pauses = 0; pauses < maxPauses; pauses++) {
    if ((await readTable(aws, TableName)) === undefined) return true;
    await wait(pauseMs);
  }
  throw new Error(`the table ${TableName} is still being deleted; look at it again later`);
}
