import { describe, expect, test } from "vitest";
import { explainTask, unexplainedFailures } from "../../../lib/domain/explanation.ts";
import type { FailureTable } from "../../../lib/domain/explanation.ts";
import { taskStatuses } from "../../../lib/domain/task.ts";
import type { Operation, TaskFailure } from "../../../lib/domain/task.ts";
import { stateDigestOf } from "../../../lib/domain/transition.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

function row(cause: string, when: Pick<FailureTable[number], "codes" | "words">): FailureTable[number] {
  return { ...when, cause, certainty: "documented", remedy: "Mend it.", retry: "after-remedy" };
}

const table: FailureTable = [
  row("no market", { codes: ["ImageNotSupported"], words: ["Market", "shop"] }),
  row("no image", { codes: ["ImageNotSupported"] }),
  row("exact", { codes: ["Disk.Size.Small"] }),
  row("family", { codes: ["Disk.*", "Volume"] }),
  row("quota", { words: ["too many"] }),
];

function causeOf(code: string, message = ""): string | undefined {
  return explainTask(sampleTask({ status: "failed", error: { code, message } }), table).explanation?.cause;
}

function operation(status: Operation["status"], error: TaskFailure | null): Operation {
  return { status, nativeStatus: "Failed", error, warning: { code: "Volume", message: "" }, related: {} };
}

describe("explainTask()", () => {
  test.each([
    ["an exact code", "Volume", "", "family"],
    ["a code in another case, with spaces around it", " vOLUME ", "", "family"],
    ["a code that only begins like an exact one", "Volume.Full", "", undefined],
    ["a member of a family", "disk.size.LARGE", "", "family"],
    ["a family's own name", "Disk", "", "family"],
    ["a code that only begins with a family's letters", "DiskSize", "", undefined],
    ["the first row of several that fit", "Disk.Size.Small", "", "exact"],
    ["a code with its words, before the same code without", "ImageNotSupported", "From the MARKET place", "no market"],
    ["a code with other words", "ImageNotSupported", "From elsewhere", "no image"],
    ["words beside another code", "Volume.Full", "From the market", undefined],
    ["words alone, beside any code", "Whatever", "There are Too Many of them", "quota"],
    ["a code inside of a message", "Whatever", "Volume", undefined],
    ["no code", "", "", undefined],
  ])("finds %s", (_what, code, message, cause) => {
    expect(causeOf(code, message)).toBe(cause);
  });

  test("adds that a retry is inferred where the row does not say otherwise", () => {
    const error = { code: "Volume", message: "" };
    const sure: FailureTable = [{ ...row("sure", { codes: ["Volume"] }), retryCertainty: "documented" }];
    const task = sampleTask({ status: "failed", error });
    expect(explainTask(task, table).explanation).toEqual({
      cause: "family",
      certainty: "documented",
      remedy: "Mend it.",
      retry: "after-remedy",
      retryCertainty: "inferred",
    });
    expect(explainTask(task, sure).explanation?.retryCertainty).toBe("documented");
  });

  test.each(taskStatuses.filter((status) => status !== "failed"))("never explains a task that is %s", (status) => {
    const task = explainTask(sampleTask({ status, error: { code: "Volume", message: "" } }), table);
    expect(task.explanation).toBeNull();
  });

  test("explains each failed sub-operation by its own error, and no other", () => {
    const volume = { code: "Volume", message: "" };
    const task = sampleTask({
      status: "failed",
      error: volume,
      operations: [
        operation("failed", volume),
        operation("failed", { code: "Disk.Full", message: "" }),
        operation("failed", { code: "Unheard", message: "" }),
        operation("failed", null),
        operation("succeeded", volume),
        operation("unknown", volume),
      ],
    });
    const causes = explainTask(task, table).operations.map(({ explanation }) => explanation?.cause ?? null);
    expect(causes).toEqual(["family", "family", null, null, null, null]);
  });

  test("leaves the task and its state digest as they are", () => {
    const task = sampleTask({ status: "failed", error: { code: "Volume", message: "" } });
    const before = JSON.stringify(task);
    expect(stateDigestOf(explainTask(task, table))).toBe(stateDigestOf(task));
    expect(JSON.stringify(task)).toBe(before);
  });

  test.each([
    ["a very long code", "Disk.".repeat(200_000), "family"],
    ["a very long message", "x", undefined],
    ["lone surrogates", "\uD800Disk.\uDFFF", undefined],
    ["a letter that grows in lower case", "İ".repeat(100_000), undefined],
    ["a name of JavaScript's own", "__proto__", undefined],
  ])("takes %s without harm", (_what, code, cause) => {
    const startedAt = performance.now();
    expect(causeOf(code, "y".repeat(1_000_000))).toBe(cause);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe("unexplainedFailures()", () => {
  test("returns each failure without an explanation once, by code and message", () => {
    const unheard = { code: "Unheard", message: "first" };
    const second = { code: "Unheard", message: "second" };
    const task = sampleTask({
      status: "failed",
      error: unheard,
      operations: [
        operation("failed", unheard),
        operation("failed", { code: "Volume", message: "" }),
        operation("failed", second),
      ],
    });
    expect(unexplainedFailures(explainTask(task, table))).toEqual([unheard, second]);
  });

  test("returns none for a task that gave no reason or did not fail", () => {
    expect(unexplainedFailures(explainTask(sampleTask({ status: "failed" }), table))).toEqual([]);
    expect(unexplainedFailures(explainTask(sampleTask({ operations: [operation("succeeded", null)] }), table))).toEqual(
      [],
    );
  });
});
