/** The ledger in its own process, with its data on disk. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "../local/ledger-server.ts";

process.on("disconnect", () => process.exit(0));
const [, , port = "", path = "", table = ""] = process.argv;
const { url } = await startLedgerServer({ port: Number(port), path });
const client = new DynamoDBClient({
  endpoint: url,
  region: "local",
  credentials: { accessKeyId: "l", secretAccessKey: "l" },
});
await createLedgerTable(client, table, await readTableDefinition());
client.destroy();
process.send?.({ kind: "up" });
