/**
 * Remembers in DynamoDB which events were acted on. The table has the key `id`, and its time to live is in `expiresAt`.
 * The function may `dynamodb:PutItem`, `dynamodb:GetItem`, and `dynamodb:DeleteItem` on this table.
 */
import { DeleteCommand, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { SeenEvents } from "./subscriber.ts";

export interface SeenEventsOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  /** Epoch seconds. */
  readonly now: () => number;
  /** How long an action may take: the timeout of the function. */
  readonly workSeconds: number;
  /** How long an id is remembered. Longer than the archive keeps events, or a replay is acted on again. */
  readonly keepSeconds: number;
}

export function createSeenEvents(options: SeenEventsOptions): SeenEvents {
  const { client, tableName: TableName, now, workSeconds, keepSeconds } = options;
  return {
    async begin(id) {
      try {
        // A function that was killed leaves its claim behind. The next copy takes it over once it has expired.
        await client.send(
          new PutCommand({
            TableName,
            Item: { id, workingUntil: now() + workSeconds, expiresAt: now() + keepSeconds },
            ConditionExpression: "attribute_not_exists(id) OR workingUntil < :now",
            ExpressionAttributeValues: { ":now": now() },
          }),
        );
        return "first";
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
      }
      const { Item } = await client.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }));
      return Item !== undefined && !("workingUntil" in Item) ? "done" : "busy";
    },
    // Without `workingUntil`, nobody claims it again.
    async finish(id) {
      await client.send(new PutCommand({ TableName, Item: { id, expiresAt: now() + keepSeconds } }));
    },
    async abandon(id) {
      await client.send(new DeleteCommand({ TableName, Key: { id } }));
    },
  };
}
