import { describe, expect, test } from "vitest";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { ledgerSubject } from "./ledger-subject.ts";
import type { Property } from "./properties.ts";
import { fuzz } from "./run-fuzz.ts";

describe("the fuzzer of the ledger's items", () => {
  test("finds nothing in 300 damaged ledgers", async () => {
    const { findings } = await fuzz({ subjects: [ledgerSubject()], seed: 20_261_127, from: 0, to: 300 });
    expect(findings).toEqual([]);
  }, 60_000);

  test.each<[what: string, foundAs: Property, wrap: (ledger: Ledger) => Ledger]>([
    [
      "reads all records or none",
      "no-crash",
      (ledger) => ({
        ...ledger,
        async readTasks(ids, signal) {
          const reading = await ledger.readTasks(ids, signal);
          if (reading.unreadable.length > 0) throw new SyntaxError("a record is not JSON");
          return reading;
        },
      }),
    ],
    [
      "hides the rest of a page behind an unreadable record",
      "neighbors-kept",
      (ledger) => ({
        ...ledger,
        async listTasks(...asked) {
          const page = await ledger.listTasks(...asked);
          return page.unreadable.length > 0 ? { ...page, rows: [] } : page;
        },
      }),
    ],
    [
      "says nothing of unreadable records",
      "items-named",
      (ledger) => ({
        ...ledger,
        listTasks: async (...asked) => ({ ...(await ledger.listTasks(...asked)), unreadable: [] }),
      }),
    ],
    [
      "never replaces an unreadable record",
      "endings-told",
      (ledger) => ({
        ...ledger,
        writeTask: async (record, expected, signal) =>
          typeof expected !== "object" || expected === null ? ledger.writeTask(record, expected, signal) : false,
      }),
    ],
  ])(
    "finds a ledger that %s",
    async (_what, property, wrap) => {
      const { findings } = await fuzz({ subjects: [ledgerSubject(wrap)], seed: 20_261_127, from: 0, to: 60 });
      expect(findings.map((finding) => finding.property)).toContain(property);
    },
    60_000,
  );
});
