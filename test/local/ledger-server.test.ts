import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "./ledger-server.ts";

const template = `
Resources:
  Bus:
    Type: AWS::Events::EventBus
    Properties: { Name: !Ref Name }
  Ledger:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: image-tasks-\${sls:stage}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: id, AttributeType: S }
        - { AttributeName: openTarget, AttributeType: S }
      KeySchema:
        - { AttributeName: id, KeyType: HASH }
      GlobalSecondaryIndexes:
        - IndexName: open
          KeySchema:
            - { AttributeName: openTarget, KeyType: HASH }
            - { AttributeName: id, KeyType: RANGE }
          Projection: { ProjectionType: ALL }
      TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
      SSESpecification: { SSEEnabled: true }
      Tags: [{ Key: a, Value: b }]
`;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ledger-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

function connect(url: string): DynamoDBClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new DynamoDBClient({ endpoint: url, region: "local", credentials });
}

describe("startLedgerServer()", () => {
  test("says in a sentence that its folder is in use, and leaves the other server running", async () => {
    const path = join(await temporaryFolder(), "ledger");
    const first = await startLedgerServer({ port: 0, path });
    const sentence = `The ledger in ${path} is in use by another process. `;
    await expect(startLedgerServer({ port: 0, path })).rejects.toThrow(sentence);
    expect((await fetch(first.url)).status).toBe(200);
    await first.stop();
    await (await startLedgerServer({ port: 0, path })).stop();
  });

  test("says in a sentence that a file is in the way", async () => {
    const path = join(await temporaryFolder(), "ledger");
    await writeFile(path, "");
    await expect(startLedgerServer({ port: 0, path })).rejects.toThrow(`The ledger in ${path} cannot be opened (`);
  });
});

describe("createLedgerTable()", () => {
  test("creates the template's table and keeps its items across a server restart", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "ledger.yml"), template);
    const definition = await readTableDefinition(join(folder, "ledger.yml"));
    const first = await startLedgerServer({ port: 0, path: join(folder, "ledger") });
    const client = connect(first.url);
    await createLedgerTable(client, "tasks", definition);
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: "tasks" }));
    expect(table?.TableStatus).toBe("ACTIVE");
    expect(table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(["open"]);
    await client.send(new PutItemCommand({ TableName: "tasks", Item: { id: { S: "edge:global:21" } } }));
    client.destroy();
    await first.stop();

    const second = await startLedgerServer({ port: 0, path: join(folder, "ledger") });
    onTestFinished(() => second.stop());
    const again = connect(second.url);
    await createLedgerTable(again, "tasks", definition);
    const read = await again.send(new GetItemCommand({ TableName: "tasks", Key: { id: { S: "edge:global:21" } } }));
    expect(read.Item).toEqual({ id: { S: "edge:global:21" } });
    again.destroy();
  });
});

describe("readTableDefinition()", () => {
  test("throws when the template defines no table", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "ledger.yml"), "Resources: {}");
    await expect(readTableDefinition(join(folder, "ledger.yml"))).rejects.toThrow(
      "the template must define one DynamoDB table, it defines 0",
    );
  });
});
