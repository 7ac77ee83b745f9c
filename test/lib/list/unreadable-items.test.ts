import { describe, expect, test } from "vitest";
import { createUnreadableItems } from "../../../lib/list/unreadable-items.ts";

const item = (id: string) => ({ id, fault: "broken", reason: "the record is not JSON" }) as const;

describe("createUnreadableItems()", () => {
  test("names each item once, by its task and target", () => {
    const items = createUnreadableItems();
    for (const id of ["a:b:t-1", "#targets", "a:b:t-1"]) items.add(item(id));
    const shared = { kind: "unreadable", code: null, message: "the record is not JSON", requestId: null };
    expect(items.failures()).toEqual([
      { ...shared, connection: "a", region: "b", taskId: "a:b:t-1" },
      { ...shared, connection: null, region: null },
    ]);
  });

  test("counts the items beyond twenty in one entry", () => {
    const items = createUnreadableItems();
    for (let n = 0; n < 23; n += 1) items.add(item(`a:b:t-${n}`));
    expect(items.failures()).toHaveLength(21);
    expect(items.failures().at(-1)).toMatchObject({ connection: null, message: "3 more records cannot be read" });
  });
});
