import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { RateReservation } from "../domain/rate.ts";
import { itemToRate, rateItemId } from "./items.ts";
import { putIf } from "./put-if.ts";
import type { Table } from "./put-if.ts";
import { readItem } from "./unreadable-item.ts";

interface RateStore {
  /** Strongly consistent. A reservation that cannot be read is replaced by one that ended long ago. */
  readRate(id: string, signal: AbortSignal): Promise<RateReservation | undefined>;
  /** If `expectedRevision` is null, no reservation may exist yet. Resolves false if the condition fails. */
  writeRate(
    id: string,
    reservation: RateReservation,
    expectedRevision: number | null,
    signal: AbortSignal,
  ): Promise<boolean>;
}

/** Reserved calls in the ledger's table, one item per budget. */
export function createDynamoDbRateStore(table: Table): RateStore {
  const { client, tableName } = table;
  return {
    async readRate(id, signal) {
      const command = new GetCommand({ TableName: tableName, Key: { id: rateItemId(id) }, ConsistentRead: true });
      const { Item } = await client.send(command, { abortSignal: signal });
      if (Item === undefined) return undefined;
      const reading = readItem(Item, itemToRate);
      if ("value" in reading) return reading.value;
      // The next reservation is conditional on this one, so it does not matter who replaces the item.
      const fresh = { revision: 1, tatMs: 0 };
      await putIf(table, { id: rateItemId(id), ...fresh }, reading.unreadable, signal);
      return fresh;
    },
    writeRate: (id, reservation, expectedRevision, signal) =>
      putIf(table, { id: rateItemId(id), ...reservation }, expectedRevision, signal),
  };
}
