import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, paginateScan } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { textToRecord } from "../../lib/ledger/record-text.ts";
import type { KillWorld } from "./kill-world.ts";

const Item = z.object({ record: z.string() });

export interface PendingEvents {
  /** Ids of recorded events not yet marked as delivered. */
  read(): Promise<ReadonlySet<string>>;
  stop(): void;
}

/** Reads the ledger from outside the service. */
export function openPendingEvents({ ledgerUrl, tableName }: KillWorld): PendingEvents {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: ledgerUrl, region: "us-east-1", credentials, maxAttempts: 12 });
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async read() {
      const ids = new Set<string>();
      const index = { TableName: tableName, IndexName: "pending-events-by-target" };
      for await (const page of paginateScan({ client: documents }, index)) {
        for (const item of page.Items ?? []) {
          const key = { TableName: tableName, Key: { id: String(item["id"]) }, ConsistentRead: true };
          const { Item: found } = await documents.send(new GetCommand(key));
          const { record } = Item.parse(found);
          for (const { event } of textToRecord(record).pending) ids.add(event.detail.id);
        }
      }
      return ids;
    },
    stop: () => client.destroy(),
  };
}
