import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynamoDbLedger } from "../../lib/ledger/dynamodb-ledger.ts";
import { recordToItem } from "../../lib/ledger/items.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { listTasks } from "../../lib/list/list-tasks.ts";
import { parseListQuery } from "../../lib/list/query.ts";
import { explain } from "../fakes/explain.ts";
import { record } from "../fakes/ledger-contract.ts";
import type { LedgerTable } from "../fakes/ledger-table.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { unhurried } from "../fakes/problem-of.ts";
import { sampleTargetState } from "../fakes/sample-target-state.ts";
import { createScriptedProvider } from "../fakes/scripted-provider.ts";

/** The DynamoDB requests for one page of `GET /tasks?source=ledger`. */

export interface PageCost {
  requests: number;
  /** Items returned by the table and its indexes. */
  items: number;
  /** Their records, which make up most of an item. */
  bytes: number;
}

/** However long the history, this many tasks are open at a time, and this many of them are stalled. */
const openTasks = 60;
const stalledTasks = 30;
const newestMs = Date.parse("2026-01-31T12:00:00.000Z");
const provider = createScriptedProvider({});

/** Typical pages; the deep one is reached through the cursors before it. */
export const pages = {
  "the newest fifty": { search: "source=ledger", turn: 0 },
  "the newest hundred": { search: "source=ledger&limit=100", turn: 0 },
  "the fourth twenty": { search: "source=ledger&limit=20", turn: 3 },
  "of those that failed": { search: "source=ledger&limit=5&status=failed&status=vanished", turn: 0 },
  "of those of an image": { search: "source=ledger&limit=5&resourceId=m-7", turn: 0 },
  "of what matches nothing": { search: "source=ledger&limit=5&imageName=none", turn: 0 },
  "of those that stand still": { search: "stalled=true&limit=20", turn: 0 },
} as const;
export type PageName = keyof typeof pages;

/** A history with one task a minute, the newest of which are open. */
export async function fillLedger({ client, tableName }: LedgerTable, count: number): Promise<void> {
  for (let start = 0; start < count; start += 25) {
    const portion = Array.from({ length: Math.min(25, count - start) }, (_, index) => itemOf(start + index));
    const requests = portion.map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: requests } }));
  }
}

function itemOf(n: number): Record<string, unknown> {
  const createdAt = new Date(newestMs - n * 60_000).toISOString();
  const ended = n % 10 === 3 ? "failed" : "succeeded";
  const status = n < openTasks ? "running" : ended;
  const word = status === "running" ? "Processing" : "Finished";
  const task = {
    status,
    nativeStatus: word,
    createdAt,
    resource: { type: "image", id: `m-${n % 20}`, name: "golden" },
  } as const;
  const timeline = [
    { status: "running", nativeStatus: "Processing", atMs: newestMs },
    { status, nativeStatus: word, atMs: newestMs },
  ] as const;
  const stalledAtMs = n < stalledTasks ? newestMs : null;
  return { ...recordToItem(record(`t-${String(n).padStart(7, "0")}`, task, { timeline, stalledAtMs }), 90) };
}

/** The cost and duration of a page, without the pages before it. */
export async function costOfPage(
  { client, tableName }: LedgerTable,
  page: PageName,
): Promise<PageCost & { ms: number }> {
  const cost: PageCost = { requests: 0, items: 0, bytes: 0 };
  const counted = countReads(client, cost);
  const clock = createManualClock(newestMs);
  const ledger = createDynamoDbLedger({ client: counted, tableName, clock, retentionDays: 90 });
  await ledger.cursorKey(unhurried.signal);
  await ledger.writeTarget(provider.target, sampleTargetState, null, unhurried.signal);
  const { search, turn } = pages[page];
  let cursor = "";
  for (let before = 0; before < turn; before += 1)
    cursor = `&cursor=${(await ask(ledger, search + cursor)).nextCursor}`;
  Object.assign(cost, { requests: 0, items: 0, bytes: 0 });
  const startedMs = performance.now();
  await ask(ledger, search + cursor);
  return { ...cost, ms: performance.now() - startedMs };
}

async function ask(ledger: Ledger, search: string): ReturnType<typeof listTasks> {
  const deps = { providers: [provider], ledger, explain, now: () => newestMs, ...unhurried };
  const answer = await listTasks(parseListQuery(search, [provider]), deps);
  if (answer.tasks.length === 0 && answer.nextCursor === null)
    throw new Error(`the page ${search} is empty, so its cost is meaningless`);
  return answer;
}

interface Answer {
  readonly Item?: Readonly<Record<string, unknown>>;
  readonly Items?: readonly Readonly<Record<string, unknown>>[];
  readonly Responses?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** The same client with its responses counted. */
function countReads(client: DynamoDBDocumentClient, cost: PageCost): DynamoDBDocumentClient {
  const counted = Object.create(client) as DynamoDBDocumentClient;
  const send = async (...given: Parameters<DynamoDBDocumentClient["send"]>): Promise<unknown> => {
    const answer = (await client.send(...given)) as unknown as Answer;
    const items = [...(answer.Item ? [answer.Item] : []), ...(answer.Items ?? [])];
    for (const some of Object.values(answer.Responses ?? {})) items.push(...some);
    cost.requests += 1;
    cost.items += items.length;
    for (const { record: text } of items) cost.bytes += typeof text === "string" ? text.length : 0;
    return answer;
  };
  Object.defineProperty(counted, "send", { value: send });
  return counted;
}
