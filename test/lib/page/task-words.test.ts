import { describe, expect, test } from "vitest";
import type { Task } from "../../../lib/domain/task.ts";
import {
  actionWords,
  explanationLines,
  listProblemWords,
  partWords,
  reasonOf,
  titleOf,
} from "../../../lib/page/task-words.ts";
import { listedTask } from "../../page/scene.ts";

const clock = { nowMs: Date.parse("2026-01-31T15:00:00Z"), timeZone: "UTC" };
const counts = { percent: 100, succeeded: 2, failed: 1, total: 3 };
const error = { code: "OSSWriteFailed", message: "It could not be written." };

describe("reasonOf()", () => {
  test.each<[string, Partial<Task>, string]>([
    ["a failure", { status: "failed", error }, "It could not be written. (OSSWriteFailed)"],
    [
      "a failure in part",
      { status: "failed", error, partial: true, progress: counts },
      "It could not be written. 2 of 3 parts succeeded. (OSSWriteFailed)",
    ],
    ["a failure without a reason", { status: "failed" }, "The cloud gave no reason."],
    [
      "a failure with a code only",
      { status: "failed", error: { code: "E1", message: "" } },
      "The cloud gave a code only. (E1)",
    ],
    [
      "a vanished task",
      { status: "vanished", missingSince: "2026-01-31T14:30:00.000Z" },
      "The cloud stopped showing it at 14:30.",
    ],
    [
      "a task that was never shown",
      { status: "vanished", statusReason: "The cloud never showed it" },
      "The cloud never showed it.",
    ],
    ["an unknown task", { status: "unknown", statusReason: "No counts" }, "No counts."],
    [
      "a missing task",
      { status: "running", missingSince: "2026-01-31T14:30:00.000Z" },
      "The cloud has not shown it since 14:30.",
    ],
    ["a running task", { status: "running" }, ""],
    ["a success", { status: "succeeded", statusReason: null }, ""],
  ])("of %s", (_what, wanted, words) => {
    expect(reasonOf(listedTask(wanted), false, clock)).toBe(words);
  });

  test("of a stalled task says since when nothing has changed, and why that cannot be read", () => {
    expect(reasonOf(listedTask(), true, clock)).toBe("Nothing has changed since 12:05.");
    const unreadable = listedTask({ statusReason: "The detail cannot be read" });
    expect(reasonOf(unreadable, true, clock)).toBe("Nothing has changed since 12:05. The detail cannot be read.");
  });
});

describe("explanationLines()", () => {
  const known = { code: "InvalidOSSObject.NotFound", message: "The specified OSS object does not exist." };
  const words = (wanted: Partial<Task>) => explanationLines(listedTask({ status: "failed", ...wanted }));
  const explanation = { cause: "It rained.", certainty: "documented", remedy: "Wait.", retry: "later" } as const;

  test("says the cause, the remedy, and whether to try again, and what is only likely", () => {
    const lines = [
      "Cause: The file does not exist in the OSS bucket, or ECS cannot read it.",
      "Remedy: Check the bucket, the object's name, its region, and the role that ECS uses. Upload the file if it is gone.",
      "Try again (likely): only after the remedy",
    ];
    expect(words({ error: known })).toEqual(lines);
    expect(words({ provider: "apsara-route", error: known })[0]).toMatch(/^Cause \(likely\): The file does not exist/);
  });

  test.each([
    ["documented", "documented", ["Cause: It rained.", "Remedy: Wait.", "Try again: yes, later, with nothing changed"]],
    [
      "reported",
      "inferred",
      [
        "Cause (as users report): It rained.",
        "Remedy (as users report): Wait.",
        "Try again (likely): yes, later, with nothing changed",
      ],
    ],
    [
      "inferred",
      "reported",
      [
        "Cause (likely): It rained.",
        "Remedy (likely): Wait.",
        "Try again (as users report): yes, later, with nothing changed",
      ],
    ],
  ] as const)("of a cause that is %s and a retry that is %s", (certainty, retryCertainty, lines) => {
    expect(explanationLines({ error, explanation: { ...explanation, certainty, retryCertainty } })).toEqual(lines);
  });

  test.each([
    ["unchanged", "yes, with nothing changed"],
    ["after-remedy", "only after the remedy"],
    ["pointless", "no"],
    ["unknown", "not known"],
  ] as const)("of a retry that is %s", (retry, said) => {
    const lines = explanationLines({ error, explanation: { ...explanation, retry, retryCertainty: "documented" } });
    expect(lines.at(-1)).toBe(`Try again: ${said}`);
  });

  test("says when no explanation is known, and nothing where there is no reason", () => {
    expect(words({ error })).toEqual(["No explanation is known."]);
    expect(words({ error: null })).toEqual([]);
    expect(explanationLines(listedTask())).toEqual([]);
  });
});

test("titleOf() prefers the image's name, then its id, then the task's own id", () => {
  const resource = { type: "image", id: "m-1", name: "golden" } as const;
  expect(titleOf(listedTask({ resource }))).toBe("golden");
  expect(titleOf(listedTask({ resource: { ...resource, name: null } }))).toBe("m-1");
  expect(titleOf(listedTask())).toBe("t-1");
});

test("actionWords() keeps the cloud's word for other actions", () => {
  expect(actionWords(listedTask())).toBe("Import");
  expect(actionWords(listedTask({ action: "other", nativeAction: "CopyImage" }))).toBe("CopyImage");
  expect(actionWords(listedTask({ action: "other", nativeAction: "" }))).toBe("Unknown action");
});

test("partWords() is empty where the cloud counts nothing", () => {
  expect(partWords(listedTask())).toBe("");
  expect(partWords(listedTask({ progress: counts }))).toBe("2 of 3 parts");
});

test("listProblemWords() says what is missing and why", () => {
  const failure = { kind: "unavailable", code: "E2", message: "no answer", requestId: null } as const;
  expect(listProblemWords({ connection: "edge", region: "global", ...failure })).toBe(
    "Tasks of edge in global are missing: no answer (E2)",
  );
  expect(
    listProblemWords({ connection: "edge", region: "global", ...failure, code: null, taskId: "edge:global:1" }),
  ).toBe("edge:global:1 could not be read: no answer.");
  expect(listProblemWords({ connection: null, region: null, ...failure })).toBe(
    "The ledger did not answer in full: no answer.",
  );
});
