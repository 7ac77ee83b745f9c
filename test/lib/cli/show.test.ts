import { describe, expect, test } from "vitest";
import { printExplanation, printMissing } from "../../../lib/cli/show.ts";

const error = { code: "Rain", message: "It rains." };
const explanation = {
  cause: "It rained.",
  certainty: "documented",
  remedy: "Wait for the sun.",
  retry: "later",
  retryCertainty: "inferred",
} as const;

describe("printExplanation()", () => {
  test("has a line for the cause, for the remedy, and for whether to try again, and marks what is only likely", () => {
    expect(printExplanation({ error, explanation })).toBe(
      "  cause: It rained.\n  remedy: Wait for the sun.\n  try again (likely): yes, later, with nothing changed\n",
    );
    const unsure = { ...explanation, certainty: "inferred", retryCertainty: "reported" } as const;
    expect(printExplanation({ error, explanation: unsure })).toMatch(
      /cause \(likely\): It rained\.\n {2}remedy \(likely\): Wait for the sun\.\n {2}try again \(as users report\):/,
    );
  });

  test.each([
    ["unchanged", "yes, with nothing changed"],
    ["after-remedy", "only after the remedy"],
    ["pointless", "no"],
    ["unknown", "not known"],
  ] as const)("says of the retry %s: %s", (retry, words) => {
    const sure = { ...explanation, retry, retryCertainty: "documented" } as const;
    expect(printExplanation({ error, explanation: sure })).toMatch(new RegExp(`\\n {2}try again: ${words}\\n$`));
  });

  test("says when no explanation is known, and nothing where there is no reason", () => {
    expect(printExplanation({ error, explanation: null })).toBe("  no explanation is known\n");
    expect(printExplanation({ error: null, explanation: null })).toBe("");
  });

  test("takes the answer of an API that knows no explanations yet", () => {
    const task: Parameters<typeof printExplanation>[0] = JSON.parse(JSON.stringify({ error }));
    expect(printExplanation(task)).toBe("  no explanation is known\n");
  });

  test("shows nothing that a terminal would obey", () => {
    const cause = "It\u001b[2Krained.\nA second line.";
    expect(printExplanation({ error, explanation: { ...explanation, cause } })).toMatch(
      /^ {2}cause: It rained\. A second line\.\n/,
    );
  });
});

test.each([
  [{ connection: "edge", region: "global", kind: "throttled" }, "edge global could not be asked (throttled: A line.)"],
  [{ connection: "edge", region: "global", kind: "malformed" }, "edge global could not be read (malformed: A line.)"],
  [
    { connection: "edge", region: "global", kind: "unavailable", taskId: "edge:global:1" },
    "edge:global:1 could not be read (unavailable: A line.)",
  ],
  [{ connection: null, region: null, kind: "throttled" }, "the ledger could not be asked (throttled: A line.)"],
  [
    { connection: null, region: null, kind: "unreadable" },
    "a record of the ledger could not be read (unreadable: A line.)",
  ],
  [
    { connection: "edge", region: "global", kind: "unreadable" },
    "a record of edge global could not be read (unreadable: A line.)",
  ],
])("printMissing(%j) is %s", (problem, line) => {
  expect(printMissing({ ...problem, message: "A\nline." })).toBe(line);
});
