import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { RecordRefusedError } from "./ledger.ts";
import type { Expected } from "./ledger.ts";
import type { Item } from "./unreadable-item.ts";

export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/**
 * Writes an item if `expected` is stored. Resolves false otherwise.
 * @throws RecordRefusedError if DynamoDB does not take the item
 */
export async function putIf(
  { client, tableName }: Table,
  item: Item,
  expected: Expected,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const put = new PutCommand({ TableName: tableName, Item: item, ...conditionOf(expected) });
    await client.send(put, { abortSignal: signal });
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === "ConditionalCheckFailedException") return false;
    if (error.name === "ValidationException") {
      throw new RecordRefusedError("DynamoDB rejected the record; an item can have at most 400 KB", { cause: error });
    }
    throw error;
  }
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html */
function conditionOf(expected: Expected) {
  if (expected === null) return { ConditionExpression: "attribute_not_exists(id)" };
  if (typeof expected === "number") {
    return { ConditionExpression: "revision = :expected", ExpressionAttributeValues: { ":expected": expected } };
  }
  return sameItem(expected.stored);
}

/** Nobody has changed the attributes that every version changes, whatever they contain. */
const compared = ["revision", "record"];

function sameItem(stored: Item) {
  const present = compared.filter((name) => stored[name] !== undefined);
  const conditions = compared.map((name) =>
    present.includes(name) ? `#${name} = :${name}` : `attribute_not_exists(#${name})`,
  );
  return {
    // An item without either must at least still be there.
    ConditionExpression: ["attribute_exists(id)", ...conditions].join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(compared.map((name) => [`#${name}`, name])),
    ...(present.length === 0
      ? {}
      : { ExpressionAttributeValues: Object.fromEntries(present.map((name) => [`:${name}`, stored[name]])) }),
  };
}
