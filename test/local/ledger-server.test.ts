import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, onTestFinished, test } from "vitest";
import { callAsPage, foreignPages } from "../fakes/web-page.ts";
import { createLedgerTable, readTableDefinition, startLedgerServer } from "./ledger-server.ts";
import type { NeededSecret } from "./own-callers.ts";

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

function connect(url: string, accessKeyId = "local"): DynamoDBClient {
  const credentials = { accessKeyId, secretAccessKey: "local" };
  return new DynamoDBClient({ endpoint: url, region: "local", credentials });
}

async function startWithItem(secret?: NeededSecret) {
  const server = await startLedgerServer(secret === undefined ? { port: 0 } : { port: 0, secret });
  const client = connect(server.url, secret?.anyOf[0]);
  onTestFinished(async () => {
    client.destroy();
    await server.stop();
  });
  const folder = await temporaryFolder();
  await writeFile(join(folder, "ledger.yml"), template);
  await createLedgerTable(client, "tasks", await readTableDefinition(join(folder, "ledger.yml")));
  await client.send(new PutItemCommand({ TableName: "tasks", Item: { id: { S: "edge:global:21" } } }));
  return { url: server.url, count: async () => (await client.send(new ScanCommand({ TableName: "tasks" }))).Count };
}

/** A call that dynalite itself accepts: it checks no signature. */
function signedCall(operation: string, request: object, accessKeyId = "any") {
  return {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20260131T120000Z",
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260131/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ TableName: "tasks", ...request }),
  };
}

const scan = ["Scan", {}] as const;
const put = ["PutItem", { Item: { id: { S: "forged" } } }] as const;
const remove = ["DeleteItem", { Key: { id: { S: "edge:global:21" } } }] as const;

describe("startLedgerServer()", () => {
  test("says in a sentence that its folder is in use, and leaves the other server running", async () => {
    // Again and again, because a folder that is locked too late is not always found unlocked.
    for (let time = 0; time < 20; time += 1) {
      const path = join(await temporaryFolder(), "ledger");
      const first = await startLedgerServer({ port: 0, path });
      const sentence = `The ledger in ${path} is in use by another process. `;
      await expect(startLedgerServer({ port: 0, path })).rejects.toThrow(sentence);
      expect((await fetch(first.url)).status).toBe(200);
      await first.stop();
      await (await startLedgerServer({ port: 0, path })).stop();
    }
  });

  test("says in a sentence that a file is in the way", async () => {
    const path = join(await temporaryFolder(), "ledger");
    await writeFile(path, "");
    await expect(startLedgerServer({ port: 0, path })).rejects.toThrow(`The ledger in ${path} cannot be opened (`);
  });
});

describe("a web page", () => {
  test.each(foreignPages)("cannot scan, put, or delete as $page", async ({ headers }) => {
    const { url, count } = await startWithItem();
    for (const [operation, request] of [scan, put, remove]) {
      const call = signedCall(operation, request);
      const answer = await callAsPage(url, { ...call, headers: { ...call.headers, ...headers } });
      expect([operation, answer.status, answer.body.includes("edge:global:21")]).toEqual([operation, 403, false]);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    }
    const preflight = { ...headers, "access-control-request-method": "POST" };
    expect((await callAsPage(url, { method: "OPTIONS", headers: preflight })).status).toBe(403);
    expect(await count()).toBe(1);
  });

  test("of the server itself gets no CORS headers", async () => {
    const { url } = await startWithItem();
    const call = signedCall(...scan);
    const own = await callAsPage(url, { ...call, headers: { ...call.headers, origin: url } });
    expect([own.status, own.headers["access-control-allow-origin"]]).toEqual([200, undefined]);
  });
});

describe("a secret", () => {
  test("is needed for every call, as the access key id of its signature", async () => {
    const { url, count } = await startWithItem({ anyOf: ["s3cret"], whereabouts: "in a file" });
    expect((await fetch(url)).status).toBe(401);
    for (const [operation, request] of [scan, put, remove]) {
      const answer = await fetch(url, signedCall(operation, request, "local"));
      expect([operation, answer.status]).toEqual([operation, 401]);
    }
    expect(await count()).toBe(1);
    expect((await fetch(url, signedCall(...remove, "s3cret"))).status).toBe(200);
    expect(await count()).toBe(0);
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
