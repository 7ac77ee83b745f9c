import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { createSeenEvents } from "../../docs/examples/seen-events.ts";
import { createSubscriber, toLine } from "../../docs/examples/subscriber.ts";
import { transitionToEvent } from "../../lib/domain/events.ts";
import { createDocumentClient } from "../../lib/ledger/document-client.ts";
import { parseTaskEvent } from "../../lib/subscriber/parse-task-event.ts";
import { sampleTask } from "../fakes/sample-task.ts";
import { startLedgerServer } from "../local/ledger-server.ts";
import type { LedgerServer } from "../local/ledger-server.ts";
import { fencesOf, parseTemplate } from "./page.ts";

const TableName = "seen-image-events";
const page = await fencesOf("subscribing.md");
const TableResource = z.object({ Type: z.literal("AWS::DynamoDB::Table"), Properties: z.looseObject({}) });

/** The table that the page tells people to make. */
function tableOfThePage(): CreateTableCommandInput {
  const template = page.find(({ heading, language }) => heading === "Drop second copies" && language === "yaml");
  const { Properties } = TableResource.parse(parseTemplate(template?.text ?? "").Resources["SeenImageEvents"]);
  // The server in these tests expires nothing.
  const { TimeToLiveSpecification, ...table } = Properties;
  expect(TimeToLiveSpecification).toEqual({ AttributeName: "expiresAt", Enabled: true });
  expect(table["TableName"]).toBe(TableName);
  return table as unknown as CreateTableCommandInput;
}

let server: LedgerServer;
let client: DynamoDBDocumentClient;
beforeAll(async () => {
  server = await startLedgerServer({ port: 0 });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const plain = new DynamoDBClient({ endpoint: server.url, region: "local", credentials });
  client = createDocumentClient(plain);
  await plain.send(new CreateTableCommand(tableOfThePage()));
  await waitUntilTableExists({ client: plain, maxWaitTime: 10, minDelay: 1 }, { TableName });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

let tasks = 0;
function nextEvent() {
  const { detail } = transitionToEvent({
    kind: "completed",
    task: sampleTask({ nativeId: `t-${(tasks += 1)}`, status: "succeeded" }),
    previousStatus: "running",
    sequence: 2,
    generation: 1,
    occurrence: "",
    atMs: 0,
  });
  return { source: "image-tasks", detail };
}

/** Two functions that share a table, and what they did. */
function subscribe(act: () => Promise<void> = async () => {}) {
  const time = { seconds: 1000 };
  const acted: string[] = [];
  const seen = createSeenEvents({
    client,
    tableName: TableName,
    now: () => time.seconds,
    workSeconds: 30,
    keepSeconds: 1e6,
  });
  const handler = createSubscriber({
    seen,
    async act({ id }) {
      acted.push(id);
      await act();
    },
  });
  return { handler, acted, seen, time };
}

describe("docs/examples/subscriber.ts with its memory in DynamoDB", () => {
  test("acts once on an event that comes twice, in whatever form", async () => {
    const { handler, acted } = subscribe();
    const event = nextEvent();
    await handler(event);
    await handler(JSON.stringify(event));
    await handler({ ...event, "replay-name": "again" });
    expect(acted).toEqual([event.detail.id]);
  });

  test("acts once when two copies come at the same time, and refuses the second until the first is done", async () => {
    const working = Promise.withResolvers<void>();
    const { handler, acted } = subscribe(() => working.promise);
    const event = nextEvent();
    const first = handler(event);
    await expect.poll(() => acted).toHaveLength(1);
    await expect(handler(event)).rejects.toThrow(`another copy of the event ${event.detail.id}`);
    working.resolve();
    await first;
    await handler(event);
    expect(acted).toHaveLength(1);
  });

  test("acts again after an action that failed", async () => {
    const failures = [new Error("no database")];
    const { handler, acted } = subscribe(async () => {
      const failure = failures.pop();
      if (failure !== undefined) throw failure;
    });
    const event = nextEvent();
    await expect(handler(event)).rejects.toThrow("no database");
    await handler(event);
    await handler(event);
    expect(acted).toHaveLength(2);
  });

  test("takes over from a function that was killed, once its time is up, but not from one that is done", async () => {
    const { handler, acted, seen, time } = subscribe();
    const [killed, ended] = [nextEvent(), nextEvent()];
    await seen.begin(killed.detail.id);
    await handler(ended);
    time.seconds += 30;
    await expect(handler(killed)).rejects.toThrow("another copy");
    time.seconds += 1;
    await handler(killed);
    await handler(ended);
    expect(acted).toEqual([ended.detail.id, killed.detail.id]);
  });

  test("throws for an event that cannot be read, and remembers nothing of it", async () => {
    const { handler, acted } = subscribe();
    const event = nextEvent();
    await expect(handler({ ...event, source: "other" })).rejects.toThrow('source is not "image-tasks"');
    await handler(event);
    expect(acted).toHaveLength(1);
  });
});

test("toLine() says what became of which task, why, and whether it is a replay", () => {
  const { detail } = nextEvent();
  const error = { code: "OSSReadFailed", message: "It cannot be read." };
  const task = { ...detail.data.task, id: "edge:global:21", status: "failed", error };
  const failed = { ...detail, data: { ...detail.data, task, previousStatus: null } };
  expect(toLine(parseTaskEvent({ source: "image-tasks", detail: failed, "replay-name": "r" }))).toBe(
    "edge:global:21  (new) -> failed  (OSSReadFailed)  (replay r)",
  );
});
