import { isTooDeep } from "../../lib/ledger/record-schema.ts";
import type { Item } from "../../lib/ledger/unreadable-item.ts";
import { hostileValue, withRawValues } from "./hostile-values.ts";
import { mutateTree } from "./mutate.ts";
import { isPlainObject, payloadOf } from "./observation.ts";
import type { HostileCase } from "./observation.ts";
import type { Random } from "./random.ts";

/** Items of the ledger as somebody with access to the table may leave them. */

type Change = (item: Item, random: Random, others: readonly Item[]) => unknown;

const changes: readonly Change[] = [
  (item, random, others) => mutateTree(item, random, others),
  (item, random, others) => withRecord(item, (record) => mutateTree(record, random, others)),
  (item, random, others) => withRecord(item, (record) => mutateTree(record, random, others)),
  (item, random, others) => withRecord(item, (record) => mutateTree(record, random, others)),
  (item, random) => ({ ...item, record: cut(String(item["record"]), random) }),
  (item, random, others) => ({ ...item, record: random.one(others)?.["record"] }),
  (item, random) => withRecord(item, (record) => ({ format: random.pick([1, 2, 3, 1e21, -1, "2", null]), record })),
  (item, random) => ({ ...item, format: random.pick([1, 2, 3, 9_007_199_254_740_991, "3", null, {}]) }),
  (item, random) => ({ ...item, revision: hostileValue(random) }),
  (item) => ({ id: item["id"] }),
];

/** One to three hostile items, as the JSON body of an answer, so that a case can be shown and made smaller. */
export function hostileItems(items: readonly Item[], random: Random): HostileCase {
  const changed = Array.from({ length: 1 + random.below(3) }, () => {
    const item = random.one(items) ?? {};
    return random.one(changes)?.(item, random, items);
  });
  return { list: [{ status: 200, headers: {}, body: withRawValues(JSON.stringify(changed)) }], detail: [] };
}

function withRecord(item: Item, change: (record: unknown) => unknown): Item {
  const { record } = item;
  if (typeof record !== "string") return item;
  return { ...item, record: withRawValues(JSON.stringify(change(JSON.parse(record))) ?? "") };
}

function cut(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return random.pick([text.slice(0, at), text.slice(at), text.slice(0, at) + text.slice(at + 1), text + text]);
}

/** The attributes that are keys of an index, and the type that DynamoDB requires of each. */
const keyTypes = {
  listTarget: "string",
  listKey: "string",
  openTarget: "string",
  pendingTarget: "string",
  pendingAtMs: "number",
} as const;

/** The items of a case that DynamoDB would take: it nests at most 32 levels deep. A key of the wrong type is left out, as DynamoDB refuses it. */
export function itemsIn({ list }: HostileCase): Item[] {
  const body = payloadOf(list[0]?.body ?? "");
  return (Array.isArray(body) ? body : []).filter(isPlainObject).flatMap((item) => {
    if (typeof item["id"] !== "string" || item["id"] === "" || isTooDeep(item)) return [];
    const wrong = Object.entries(keyTypes).filter(([name, type]) => !isKey(item[name], type));
    const refused = new Set(wrong.map(([name]) => name));
    return [Object.fromEntries(Object.entries(item).filter(([name]) => !refused.has(name)))];
  });
}

function isKey(value: unknown, type: string): boolean {
  return typeof value === type && value !== "" && (typeof value !== "number" || Math.abs(value) < 1e125);
}
