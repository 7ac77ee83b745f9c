/** DynamoDB on loopback, with the table defined in the template. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { parse } from "yaml";
import * as z from "zod/mini";
import { listenOnLoopback } from "./loopback.ts";
import { ownCallersOnly } from "./own-callers.ts";
import type { NeededSecret } from "./own-callers.ts";

export interface LedgerServer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface LedgerServerOptions {
  /** 0 picks any free port. */
  readonly port: number;
  /** Folder that keeps the tables across restarts; in memory if absent. */
  readonly path?: string;
  /** Needed by every call. If absent, every program on this machine may call. */
  readonly secret?: NeededSecret;
}

/** Rejects with a sentence if the folder is in use. */
export async function startLedgerServer({ port, path, secret }: LedgerServerOptions): Promise<LedgerServer> {
  if (path !== undefined) await requireUnlocked(path);
  const server = dynalite(path === undefined ? { createTableMs: 0 } : { path, createTableMs: 0 });
  const [answer] = server.listeners("request");
  const guarded = ownCallersOnly(
    (request, response) => {
      // Given an origin, dynalite answers that every page may read the answer.
      delete request.headers.origin;
      answer?.call(server, request, response);
    },
    { secretFor: () => secret },
  );
  server.removeAllListeners("request").on("request", guarded);
  const listeningPort = await listenOnLoopback(server, port);
  const url = `http://127.0.0.1:${listeningPort}`;
  const stop = () =>
    new Promise<void>((resolve, reject) => {
      // dynalite reports success as null, but node:http reports it as undefined.
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  // dynalite opens its folder after it listens. Until then, a second server would find the folder unlocked.
  if (path !== undefined) {
    await requireAnswer(url, secret).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
  }
  return { url, stop };
}

async function requireAnswer(endpoint: string, secret: NeededSecret | undefined): Promise<void> {
  const credentials = { accessKeyId: secret?.anyOf[0] ?? "any", secretAccessKey: "any" };
  const client = new DynamoDBClient({ endpoint, region: "local", credentials });
  try {
    await client.send(new ListTablesCommand({}));
  } finally {
    client.destroy();
  }
}

interface Database {
  open(): Promise<void>;
  close(): Promise<void>;
}

/** dynalite's own database. Opening it tells what dynalite does not: its process ends with a stack some time later. */
const { Level } = createRequire(createRequire(import.meta.url).resolve("dynalite"))("level") as {
  Level: new (path: string) => Database;
};

async function requireUnlocked(path: string): Promise<void> {
  const database = new Level(path);
  try {
    await database.open();
    await database.close();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    const problem =
      code === "LEVEL_LOCKED"
        ? "is in use by another process. Stop that process, or set LOCAL_DIR to another folder."
        : `cannot be opened (${code}). Set LOCAL_DIR to another folder.`;
    throw new Error(`The ledger in ${path} ${problem}`, { cause: error });
  }
}

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));

/** The properties of `AWS::DynamoDB::Table` that dynalite supports. It has no expiry, backups, encryption, or tags. */
const TableDefinition = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) })),
  KeySchema: keySchema,
  BillingMode: z._default(z.enum(["PAY_PER_REQUEST"]), "PAY_PER_REQUEST"),
  GlobalSecondaryIndexes: z.optional(
    z.array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({
          ProjectionType: z.optional(z.enum(["ALL", "INCLUDE", "KEYS_ONLY"])),
          NonKeyAttributes: z.optional(z.array(z.string())),
        }),
      }),
    ),
  ),
});
export type TableDefinition = z.infer<typeof TableDefinition>;

const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});

const ledgerTemplate = new URL("../../.stack/ledger.yml", import.meta.url);

/** The only DynamoDB table of a part of the template. Throws if there is none or more than one. */
export async function readTableDefinition(templatePath: string | URL = ledgerTemplate): Promise<TableDefinition> {
  // The parser does not know CloudFormation's short tags (!Ref, !GetAtt); the table definition uses none.
  const template = Template.parse(parse(await readFile(templatePath, "utf8"), { logLevel: "error" }));
  const tables = Object.values(template.Resources).filter(({ Type }) => Type === "AWS::DynamoDB::Table");
  if (tables.length !== 1) throw new Error(`the template must define one DynamoDB table, it defines ${tables.length}`);
  return TableDefinition.parse(tables[0]?.Properties);
}

/** Resolves when the table is ready. Leaves an existing table unchanged. */
export async function createLedgerTable(
  client: DynamoDBClient,
  tableName: string,
  definition: TableDefinition,
): Promise<void> {
  if (await tableExists(client, tableName)) return;
  const input: CreateTableCommandInput = { ...definition, TableName: tableName };
  await client.send(new CreateTableCommand(input));
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName: tableName });
}

async function tableExists(client: DynamoDBClient, tableName: string): Promise<boolean> {
  try {
    await client.send(new DescribeTableCommand({ TableName: tableName }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return false;
    throw error;
  }
}
