import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { RateReservation } from "../domain/rate.ts";
import { putIf } from "./dynamodb-ledger.ts";
import { itemToRate, rateItemId } from "./items.ts";

interface RateStore {
  /** Strongly consistent. */
  readRate(id: string, signal: AbortSignal): Promise<RateReservation | undefined>;
  /** If `expectedRevision` is null, no reservation may exist yet. Resolves false if the condition fails. */
  writeRate(
    id: string,
    reservation: RateReservation,
    expectedRevision: number | null,
    signal: AbortSignal,
  ): Promise<boolean>;
}

interface RateStoreOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** Reserved calls in the ledger's table, one item per budget. */
export function createDynamoDbRateStore(options: RateStoreOptions): RateStore {
  const { client, tableName } = options;
  return {
    async readRate(id, signal) {
      const command = new GetCommand({ TableName: tableName, Key: { id: rateItemId(id) }, ConsistentRead: true });
      const { Item } = await client.send(command, { abortSignal: signal });
      return Item === undefined ? undefined : itemToRate(Item);
    },
    writeRate: (id, reservation, expectedRevision, signal) =>
      putIf(options, { id: rateItemId(id), ...reservation }, expectedRevision, signal),
  };
}
