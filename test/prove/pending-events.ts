import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, paginateScan } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { textToRecord } from "../../lib/ledger/record-text.ts";
import type { KillWorld } from "./kill-world.ts";

const Item = z.object({ record: z.string() });
interface PendingEvent {
  /** The task's id. */
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly nextAttemptAtMs: number;
}

export interface PendingEvents {
  /** Recorded events not yet marked as delivered, by event id. */
  read(): Promise<ReadonlyMap<string, PendingEvent>>;
  stop(): void;
}

/** Reads the ledger from outside the service. */
export function openPendingEvents({ ledgerUrl, tableName }: KillWorld): PendingEvents {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: ledgerUrl, region: "us-east-1", credentials, maxAttempts: 12 });
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async read() {
      const events = new Map<string, PendingEvent>();
      const index = { TableName: tableName, IndexName: "pending-events-by-target" };
      for await (const page of paginateScan({ client: documents }, index)) {
        for (const item of page.Items ?? []) {
          const key = { TableName: tableName, Key: { id: String(item["id"]) }, ConsistentRead: true };
          const { Item: found } = await documents.send(new GetCommand(key));
          const { record } = Item.parse(found);
          for (const { event, nextAttemptAtMs } of textToRecord(record).pending) {
            events.set(event.detail.id, { subject: event.detail.subject, nextAttemptAtMs });
          }
        }
      }
      return events;
    },
    stop: () => client.destroy(),
  };
}
