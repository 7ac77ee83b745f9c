import { describe, expect, test } from "vitest";
import type { ErrorTable } from "../../../../lib/domain/error-table.ts";
import { findRow } from "../../../../lib/providers/shared/error-table.ts";

const table: ErrorTable = [
  { codes: ["Key.*"], kind: "unauthorized", retry: "no", advice: "family" },
  { codes: ["Key.Old.*"], kind: "unauthorized", retry: "no", advice: "longer family" },
  { codes: ["Key.Old.Gone"], kind: "unauthorized", retry: "no", advice: "exact" },
  { codePattern: /busy/i, kind: "unavailable", retry: "backoff", advice: "code pattern" },
  { message: /come back/i, kind: "unavailable", retry: "backoff", advice: "message" },
  { codes: ["Key.Old.Gone"], kind: "conflict", retry: "no", advice: "repeated" },
];

describe("findRow()", () => {
  test.each([
    ["Key.Old.Gone", "", "exact"],
    ["KEY.OLD.GONE", "", "exact"],
    ["key.old.gone", "come back", "exact"],
    ["Key.Old", "", "longer family"],
    ["Key.Old.Go", "", "longer family"],
    ["Key.Old.Busy", "", "longer family"],
    ["Key", "", "family"],
    ["key.new", "", "family"],
    ["Key.Older", "", "family"],
    ["Keys", "", undefined],
    ["A.Key", "", undefined],
    ["SystemBUSY", "come back", "code pattern"],
    ["Other", "please come back", "message"],
    ["Other", "go", undefined],
    ["", "", undefined],
  ])("for the code %j and the message %j finds the row %j", (code, message, advice) => {
    expect(findRow(table, { code, message })?.advice).toBe(advice);
  });
});
