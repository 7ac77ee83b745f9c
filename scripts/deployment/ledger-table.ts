import * as z from "zod/mini";

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const Projection = z.object({ ProjectionType: z.string(), NonKeyAttributes: z.optional(z.array(z.string())) });

/** What a table of the template and one of DynamoDB have in common. */
export const TableLayout = z.object({
  KeySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  GlobalSecondaryIndexes: z._default(z.array(z.object({ IndexName: z.string(), KeySchema, Projection })), []),
});
export type TableLayout = z.infer<typeof TableLayout>;

export const TableProperties = z.extend(TableLayout, { TableName: z.string() });
export type TableProperties = z.infer<typeof TableProperties>;

/** How the keys and indexes of an existing table differ from those that the functions use. */
export function layoutDifferences(wanted: TableLayout, found: TableLayout): string[] {
  const keys = printKeys(wanted.KeySchema, wanted);
  const foundKeys = printKeys(found.KeySchema, found);
  const key = keys === foundKeys ? [] : [`its key is ${foundKeys} and not ${keys}`];
  const indexes = wanted.GlobalSecondaryIndexes.flatMap((index) => {
    const other = found.GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === index.IndexName);
    if (other === undefined) return [`the index ${index.IndexName} is missing`];
    const [expected, actual] = [printIndex(index, wanted), printIndex(other, found)];
    return expected === actual ? [] : [`the index ${index.IndexName} is ${actual} and not ${expected}`];
  });
  return [...key, ...indexes];
}

function printIndex(index: TableLayout["GlobalSecondaryIndexes"][number], table: TableLayout): string {
  const { ProjectionType, NonKeyAttributes = [] } = index.Projection;
  const attributes = NonKeyAttributes.length === 0 ? "" : ` ${NonKeyAttributes.toSorted().join(", ")}`;
  return `${printKeys(index.KeySchema, table)} with ${ProjectionType}${attributes}`;
}

/** Such as `openTarget (S, HASH), id (S, RANGE)`. */
function printKeys(keys: z.infer<typeof KeySchema>, { AttributeDefinitions }: TableLayout): string {
  const typeOf = (name: string) => AttributeDefinitions.find((one) => one.AttributeName === name)?.AttributeType;
  return keys.map(({ AttributeName, KeyType }) => `${AttributeName} (${typeOf(AttributeName)}, ${KeyType})`).join(", ");
}
