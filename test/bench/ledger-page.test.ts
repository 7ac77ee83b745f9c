import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLedgerTables } from "../fakes/ledger-table.ts";
import type { LedgerTable, LedgerTables } from "../fakes/ledger-table.ts";
import { costOfPage, fillLedger, pages } from "./page-cost.ts";
import type { PageName } from "./page-cost.ts";

let tables: LedgerTables;
let [small, large]: LedgerTable[] = [];
beforeAll(async () => {
  tables = await startLedgerTables();
  small = await tables.create();
  large = await tables.create();
  await fillLedger(small, 300);
  await fillLedger(large, 3000);
}, 60_000);
afterAll(() => tables.stop());

describe("a page of the ledger", () => {
  test.each(Object.keys(pages) as PageName[])(
    "%s makes the same DynamoDB requests whether it holds 300 or 3,000 tasks",
    async (page) => {
      if (small === undefined || large === undefined) throw new Error("there are no tables");
      const { ms: _small, ...few } = await costOfPage(small, page);
      const { ms: _large, ...many } = await costOfPage(large, page);
      expect(many).toEqual(few);
      expect(many.requests).toBeLessThanOrEqual(12);
      expect(many.items).toBeLessThanOrEqual(260);
    },
  );
});
