import {
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { unlessMissing } from "./aws.ts";
import type { Aws } from "./aws.ts";
import { TableLayout, layoutDifferences } from "./ledger-table.ts";
import type { Service } from "./service.ts";

export type Stage = Pick<Service, "stage" | "stackName" | "table">;

/** What there is of a stage before it is deployed or removed. */
export interface StageState {
  /** Such as `UPDATE_COMPLETE`. `undefined` if there is no stack. */
  readonly stackStatus: string | undefined;
  /** The name of the table that the stack has created and still owns. */
  readonly ownTable: string | undefined;
  /** The table of the configured name, if there is one. */
  readonly table: ExistingTable | undefined;
}

export interface ExistingTable {
  readonly name: string;
  readonly layout: TableLayout;
  /** Whether DynamoDB refuses to delete it. */
  readonly deletionProtected: boolean;
  /** The stack that owns it, if one does. */
  readonly owner: string | undefined;
}

/** The table in the template. */
const ledgerTable = "LedgerTable";

export async function readStageState(aws: Aws, { stackName, table }: Stage): Promise<StageState> {
  const [stackStatus, ownTable, found] = await Promise.all([
    statusOf(aws, stackName),
    tableOf(aws, stackName),
    readTable(aws, table.TableName),
  ]);
  return { stackStatus, ownTable, table: found };
}

async function statusOf({ cloudFormation }: Aws, stackName: string): Promise<string | undefined> {
  const answer = await unlessMissing(cloudFormation.send(new DescribeStacksCommand({ StackName: stackName })));
  return answer?.Stacks?.[0]?.StackStatus;
}

async function tableOf({ cloudFormation }: Aws, stackName: string): Promise<string | undefined> {
  const command = new DescribeStackResourceCommand({ StackName: stackName, LogicalResourceId: ledgerTable });
  const table = (await unlessMissing(cloudFormation.send(command)))?.StackResourceDetail;
  const isGone = /^DELETE_(COMPLETE|SKIPPED)$/.test(table?.ResourceStatus ?? "");
  return isGone ? undefined : table?.PhysicalResourceId;
}

export async function readTable(aws: Aws, name: string): Promise<ExistingTable | undefined> {
  try {
    const { Table } = await aws.dynamoDb.send(new DescribeTableCommand({ TableName: name }));
    const owner = await ownerOf(aws, name);
    return {
      name,
      layout: TableLayout.parse(Table),
      deletionProtected: Table?.DeletionProtectionEnabled ?? false,
      owner,
    };
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

/** CloudFormation may still name a stack that was removed and left the table behind. */
async function ownerOf(aws: Aws, tableName: string): Promise<string | undefined> {
  const command = new DescribeStackResourcesCommand({ PhysicalResourceId: tableName });
  const stackName = (await unlessMissing(aws.cloudFormation.send(command)))?.StackResources?.[0]?.StackName;
  if (stackName === undefined) return undefined;
  return (await tableOf(aws, stackName)) === tableName ? stackName : undefined;
}

/** Whether the stack has the table, or uses one that exists without it. */
export function ledgerSetting({ table, ownTable }: StageState): "create" | "existing" {
  return table !== undefined && ownTable !== table.name ? "existing" : "create";
}

const stackRemedies: readonly (readonly [RegExp, string])[] = [
  [
    /^ROLLBACK_COMPLETE$|^REVIEW_IN_PROGRESS$|^(CREATE|ROLLBACK)_FAILED$/,
    "its creation failed; remove it first with: npm run remove",
  ],
  [/^DELETE_FAILED$/, "its removal failed; finish it with: npm run remove"],
  [/^UPDATE_ROLLBACK_FAILED$/, "finish the rollback with: aws cloudformation continue-update-rollback --stack-name"],
  [/_IN_PROGRESS$/, "wait for the change that is under way"],
];

/** What would make the deployment fail, or replace the ledger by an empty one. */
export function stateProblems(state: StageState, { stage, stackName, table }: Stage): string[] {
  const { stackStatus = "", ownTable, table: found } = state;
  const remedy = stackRemedies.find(([status]) => status.test(stackStatus))?.[1];
  const problems = remedy === undefined ? [] : [`the stack ${stackName} is ${stackStatus}: ${remedy}`];
  if (found === undefined && ownTable !== undefined && ownTable !== table.TableName) {
    problems.push(
      `the ledger of this stage is the table ${ownTable}, and the stack would begin an empty one as ` +
        `${table.TableName}; set TABLE_NAME=${ownTable}`,
    );
  }
  if (found === undefined) return problems;
  if (found.owner !== undefined && found.owner !== stackName) {
    problems.push(`the table ${found.name} belongs to the stack ${found.owner}; set TABLE_NAME to another name`);
  } else if (found.owner === undefined) {
    problems.push(...layoutProblems(found, stage, layoutDifferences(table, found.layout)));
  }
  return problems;
}

function layoutProblems({ name }: ExistingTable, stage: string, differences: readonly string[]): string[] {
  if (differences.length === 0) return [];
  return [
    `the table ${name} exists, but it is not the ledger of this version: ${differences.join("; ")}. Change the table, ` +
      `set TABLE_NAME to another name, or delete it with: npm run remove -- --stage ${stage} --delete-data`,
  ];
}
