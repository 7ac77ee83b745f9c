import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../../lib/domain/clock.ts";
import { createDocumentClient } from "../../lib/ledger/document-client.ts";
import { createDynamoDbLedger } from "../../lib/ledger/dynamodb-ledger.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../local/ledger-server.ts";
import type { EditableLedger } from "./unreadable-items-contract.ts";

export interface LedgerTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  ledger(clock: Clock): Ledger;
}

export function editable({ client, tableName: TableName, ledger }: LedgerTable, clock: Clock): EditableLedger {
  return {
    ledger: ledger(clock),
    read: async (id) => (await client.send(new GetCommand({ TableName, Key: { id } }))).Item,
    put: async (item) => void (await client.send(new PutCommand({ TableName, Item: item }))),
    all: async () => (await client.send(new ScanCommand({ TableName }))).Items ?? [],
  };
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
  const client = createDocumentClient(plain);
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
