import { randomBytes } from "node:crypto";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { putIf } from "./put-if.ts";
import type { Table } from "./put-if.ts";
import { parseAs, readItem } from "./unreadable-item.ts";
import type { Item } from "./unreadable-item.ts";

const cursorKeyId = "#cursor-key";
const keyBytes = 32;

const CursorKeyItem = z.object({ key: z.string() });

/**
 * The key that signs cursors. One that cannot be read is replaced, so that earlier cursors are refused. It is a secret,
 * so no copy is kept of it.
 */
export async function readCursorKey(table: Table, signal: AbortSignal): Promise<Buffer> {
  const stored = await readStored(table, signal);
  if (Buffer.isBuffer(stored)) return stored;
  const fresh = randomBytes(keyBytes);
  const item = { id: cursorKeyId, revision: 1, key: fresh.toString("base64") };
  if (await putIf(table, item, stored, signal)) return fresh;
  const others = await readStored(table, signal);
  if (Buffer.isBuffer(others)) return others;
  throw new Error("the key of cursors cannot be read");
}

async function readStored({ client, tableName }: Table, signal: AbortSignal) {
  const read = new GetCommand({ TableName: tableName, Key: { id: cursorKeyId }, ConsistentRead: true });
  const { Item: item } = await client.send(read, { abortSignal: signal });
  if (item === undefined) return null;
  const reading = readItem(item, itemToKey);
  return "value" in reading ? reading.value : reading.unreadable;
}

function itemToKey(item: Item): Buffer {
  const key = Buffer.from(parseAs(CursorKeyItem, item, "the item").key, "base64");
  if (key.length !== keyBytes) throw new RangeError(`the key has ${key.length} bytes`);
  return key;
}
