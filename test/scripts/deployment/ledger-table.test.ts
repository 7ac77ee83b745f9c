import { expect, test } from "vitest";
import { TableLayout, layoutDifferences } from "../../../scripts/deployment/ledger-table.ts";
import { readTableDefinition } from "../../local/ledger-server.ts";

const definition = await readTableDefinition();
const wanted = TableLayout.parse(definition);
const [tasks, ...otherIndexes] = wanted.GlobalSecondaryIndexes;
if (tasks === undefined) throw new Error("the template has no index");

test("a table as DynamoDB describes it, with its lists in another order, is the ledger", () => {
  const indexes = wanted.GlobalSecondaryIndexes.map((index) => ({
    ...index,
    IndexStatus: "ACTIVE",
    Projection: { ...index.Projection, NonKeyAttributes: index.Projection.NonKeyAttributes?.toReversed() ?? [] },
  }));
  const found = TableLayout.parse({
    ...wanted,
    TableStatus: "ACTIVE",
    AttributeDefinitions: wanted.AttributeDefinitions.toReversed(),
    GlobalSecondaryIndexes: indexes.toReversed(),
  });
  expect(layoutDifferences(wanted, found)).toEqual([]);
});

test("a further index does no harm", () => {
  const more = {
    ...wanted,
    GlobalSecondaryIndexes: [...wanted.GlobalSecondaryIndexes, { ...tasks, IndexName: "ours" }],
  };
  expect(layoutDifferences(wanted, more)).toEqual([]);
});

test.each([
  [
    "key",
    { KeySchema: [{ AttributeName: "taskId", KeyType: "HASH" }] },
    "its key is taskId (undefined, HASH) and not id (S, HASH)",
  ],
  [
    "type of the key",
    { AttributeDefinitions: wanted.AttributeDefinitions.map((one) => ({ ...one, AttributeType: "N" })) },
    "its key is id (N, HASH) and not id (S, HASH)",
  ],
  ["missing index", { GlobalSecondaryIndexes: otherIndexes }, "the index tasks-by-target is missing"],
  [
    "projection",
    { GlobalSecondaryIndexes: [{ ...tasks, Projection: { ProjectionType: "KEYS_ONLY" } }, ...otherIndexes] },
    "the index tasks-by-target is listTarget (S, HASH), listKey (S, RANGE) with KEYS_ONLY and not listTarget (S, HASH), " +
      "listKey (S, RANGE) with INCLUDE record",
  ],
])("another %s is named", (_what, change, difference) => {
  expect(layoutDifferences(wanted, { ...wanted, ...change })).toContain(difference);
});
