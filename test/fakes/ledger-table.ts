import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../../lib/domain/clock.ts";
import { createDynamoDbLedger } from "../../lib/ledger/dynamodb-ledger.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../local/ledger-server.ts";

export interface LedgerTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  ledger(clock: Clock): Ledger;
}

export interface LedgerTables {
  /** Creates an empty table as defined in the template. */
  create(): Promise<LedgerTable>;
  stop(): Promise<void>;
}

/** The real DynamoDB API in this process, with its tables in memory. */
export async function startLedgerTables(): Promise<LedgerTables> {
  const server = await startLedgerServer({ port: 0 });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const plain = new DynamoDBClient({ endpoint: server.url, region: "local", credentials, maxAttempts: 1 });
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  const definition = await readTableDefinition();
  let tables = 0;
  return {
    async create() {
      tables += 1;
      const tableName = `ledger-${tables}`;
      await createLedgerTable(plain, tableName, definition);
      return {
        client,
        tableName,
        ledger: (clock) => createDynamoDbLedger({ client, tableName, clock, retentionDays: 90 }),
      };
    },
    async stop() {
      plain.destroy();
      await server.stop();
    },
  };
}
